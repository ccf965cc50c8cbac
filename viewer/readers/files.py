"""PDF and images: what their first bytes tell, without opening them."""

from __future__ import annotations

import io
import re
import warnings

from PIL import Image, UnidentifiedImageError

from viewer.clinical import Document, Notice, Report, Row, Section, Unreadable
from viewer.readers.limits import MIB, check_size

PDF_SIZE, IMAGE_SIZE, MEGAPIXELS = 50 * MIB, 25 * MIB, 40
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
UNSHOWN = ("image/tiff", "image/bmp", "image/heic", "image/heif", "image/svg+xml")
ORIENTATION = 0x0112


def read_pdf(content: bytes) -> Document:
    """The version of a PDF, and whether it is protected or cut off; its content is for the
    browser."""
    check_size(content, PDF_SIZE)
    found = re.search(rb"%PDF-([0-9.]{1,5})", content[:1024])
    if not found:
        raise Unreadable("not_this_type", format="PDF")
    notices = []
    if re.search(rb"/Encrypt[\s<\[0-9]", content):
        notices.append(Notice("pdf_encrypted"))
    if b"%%EOF" not in content[-2048:]:
        notices.append(Notice("pdf_damaged"))
    report = Report(kind="pdf", standard=f"PDF {found[1].decode('ascii')}")
    return Document((report,), tuple(notices))


def read_image(content: bytes, content_type: str) -> Document:
    """Size and rotation of an image, from its header only."""
    check_size(content, IMAGE_SIZE)
    form = FORMATS.get(content_type)
    if not form:
        raise Unreadable("image_type")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[form]) as image:
                width, height = image.size
                rotation = image.getexif().get(ORIENTATION, 1) if form == "JPEG" else 1
    except Image.DecompressionBombError as error:
        raise Unreadable("too_many_pixels", limit=MEGAPIXELS) from error
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        TypeError,
        LookupError,
    ) as error:
        raise Unreadable("not_this_type", format=form) from error
    if width * height > MEGAPIXELS * 1_000_000:
        raise Unreadable("too_many_pixels", limit=MEGAPIXELS)
    rows = [Row(term="image_size", value=f"{width} × {height}")]
    if rotation in (3, 6, 8):
        rows.append(Row(term="orientation", value={3: "180°", 6: "90°", 8: "270°"}[rotation]))
    return Document(
        (
            Report(
                kind="image",
                standard=form,
                sections=(Section(term="technical", items=tuple(rows)),),
            ),
        )
    )
