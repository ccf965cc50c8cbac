"""A logo that somebody uploads: a small PNG or WebP picture, drawn anew."""

import io
import warnings

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image

LARGEST = 100 * 1024
LONGEST_SIDE = 4000
SHOWN = (480, 160)


def redrawn(content: bytes) -> bytes:
    """The picture as PNG, of a size to show, with nothing of the file but its pixels.

    Raises ValidationError.
    """
    if len(content) > LARGEST:
        raise ValidationError(_("A logo may have 100 KiB; make it smaller."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=["PNG", "WEBP"]) as image:
                if max(image.size) > LONGEST_SIDE:
                    raise ValidationError(_("A logo may be 4000 pixels wide or high."))
                pixels = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError, TypeError, Image.DecompressionBombWarning) as error:
        raise ValidationError(_("Choose a picture in PNG or WebP; this file is none.")) from error
    pixels.thumbnail(SHOWN)
    bare = Image.new("RGBA", pixels.size)
    bare.paste(pixels)
    out = io.BytesIO()
    bare.save(out, "PNG", optimize=True)
    if len(out.getvalue()) > LARGEST:
        raise ValidationError(_("This logo has too many colours; make it smaller or simpler."))
    return out.getvalue()
