"""Scans and bitmaps as pictures that browsers show: drawn anew, so that nothing but what is seen
goes along."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# The readers of Pillow are loaded here: the process that draws may open no file.
from PIL import BmpImagePlugin, Image, ImageOps, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from viewer.clinical import Unreadable
from viewer.readers.limits import check_size

SIZE, MEGAPIXELS = 25 * 1024 * 1024, 40
PAGES, ALL_MEGAPIXELS, ALL_BYTES = 40, 120, 11 * 256 * 1024
LONGEST_SIDE = 1750
FORMS = {
    "image/tiff": TiffImagePlugin.TiffImageFile.format,
    "image/bmp": BmpImagePlugin.BmpImageFile.format,
}
OUT = (PngImagePlugin.PngImageFile.format, JpegImagePlugin.JpegImageFile.format)
BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    EOFError,
    AttributeError,
    OverflowError,
    struct.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class Picture:
    """One page or frame, as a browser takes it."""

    content_type: str
    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Pictures:
    """What could be drawn, and whether there is more than that."""

    shown: tuple[Picture, ...]
    more: bool = False


def read_pages(content: bytes, content_type: str) -> Pictures:
    """The pages of a fax or a scan, each within limits of its own and all within those of a page.

    Raises Unreadable where not one of them can be drawn.
    """
    check_size(content, SIZE)
    form = FORMS[content_type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=[form]) as image:
                return drawn(pages(image))
    except BROKEN as error:
        raise Unreadable("not_this_type", format=str(form)) from error


def pages(image: Image.Image) -> Iterator[Image.Image]:
    """One page after another, until there is none or one that is damaged."""
    for number in range(PAGES + 1):
        try:
            image.seek(number)
        except EOFError:
            return
        check_pixels(*image.size)
        yield image


def check_pixels(width: int, height: int) -> None:
    if width * height > MEGAPIXELS * 1_000_000:
        raise Unreadable("too_many_pixels", limit=MEGAPIXELS)


def drawn(images: Iterable[Image.Image], most: int = PAGES) -> Pictures:
    """As many as the limits let through; a damaged one ends them, unless it is the first."""
    found: list[Picture] = []
    pixels = size = 0
    try:
        for image in images:
            pixels += image.width * image.height
            if len(found) >= most or pixels > ALL_MEGAPIXELS * 1_000_000:
                return Pictures(tuple(found), more=True)
            picture = encoded(seen(image))
            size += len(picture.content)
            if size > ALL_BYTES:
                break
            found.append(picture)
        else:
            return Pictures(tuple(found))
    except (Unreadable, *BROKEN):
        if not found:
            raise
    if not found:
        raise Unreadable("too_large", limit=ALL_BYTES)
    return Pictures(tuple(found), more=True)


def seen(image: Image.Image) -> Image.Image:
    """The right way up, with square pixels, in colours that every browser knows, of a size to
    read."""
    wide, high = resolution(image)
    turned = ImageOps.exif_transpose(image)
    if turned.size != image.size:
        wide, high = high, wide
    image = plain(turned)
    width, height = image.size
    if wide > high:  # fax lines lie twice as far apart as its dots
        height = round(height * wide / high)
    elif high > wide:
        width = round(width * high / wide)
    share = min(1.0, LONGEST_SIDE / max(width, height))
    target = (max(1, round(width * share)), max(1, round(height * share)))
    return image if target == image.size else image.resize(target, Image.Resampling.BOX)


def resolution(image: Image.Image) -> tuple[float, float]:
    """Dots per inch across and down, where they differ and can be true."""
    try:
        wide, high = (float(one) for one in image.info.get("dpi", (1, 1)))
    except (TypeError, ValueError, ZeroDivisionError):
        return 1, 1
    likely = wide > 0 and high > 0 and 0.4 <= wide / high <= 2.5
    return (wide, high) if likely else (1, 1)


def plain(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return levelled(image.convert("I") if image.mode != "F" else image)
    if image.mode in ("1", "L", "LA") or (image.mode == "P" and "transparency" not in image.info):
        return image.convert("RGB" if image.mode == "P" else "L")
    if image.mode in ("RGBA", "P", "PA"):
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def levelled(image: Image.Image, window: tuple[float, float] | None = None) -> Image.Image:
    """Numbers as shades of grey, from the lowest to the highest or between two given ones."""
    low, high = window or (float(one) for one in image.getextrema())  # type: ignore[arg-type]
    scale = 255 / max(high - low, 1e-9)
    return image.point(lambda value: value * scale + (0.5 - low * scale)).convert("L")


def encoded(image: Image.Image) -> Picture:
    """Without any remark that the sender's file had: no place, no name, no date."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    out = io.BytesIO()
    if image.mode == "RGB":
        bare.save(out, OUT[1], quality=85, subsampling=0)
        return Picture("image/jpeg", out.getvalue(), *image.size)
    bare.save(out, OUT[0], compress_level=6)
    return Picture("image/png", out.getvalue(), *image.size)
