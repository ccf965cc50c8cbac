import io
import struct

import pytest
from PIL import Image

from viewer.clinical import Unreadable
from viewer.readers.pictures import LONGEST_SIDE, PAGES, read_pages


def saved(*images, form="TIFF", **more):
    target = io.BytesIO()
    first, *others = images
    pages = {"save_all": True, "append_images": others} if others else {}
    first.save(target, form, **pages, **more)
    return target.getvalue()


def opened(picture):
    return Image.open(io.BytesIO(picture.content))


def test_each_page_of_a_fax_becomes_a_picture(sample):
    found = read_pages(sample("image/full-fax-3-pages-g4.tif"), "image/tiff")

    assert len(found.shown) == 3 and not found.more
    assert {one.content_type for one in found.shown} == {"image/png"}
    assert all(opened(one).size == (one.width, one.height) for one in found.shown)
    assert opened(found.shown[0]).convert("L").getextrema() == (0, 255)


def test_a_fax_of_low_resolution_gets_its_height_back():
    page = saved(Image.new("1", (1728, 1145), 1), compression="group4", dpi=(204, 98))

    [picture] = read_pages(page, "image/tiff").shown

    assert 1.3 < picture.height / picture.width < 1.45


def test_a_page_that_lay_on_its_side_stands_up():
    image = Image.new("RGB", (40, 20), "red")
    exif = image.getexif()
    exif[0x0112] = 6

    [picture] = read_pages(saved(image, exif=exif), "image/tiff").shown

    assert (picture.width, picture.height) == (20, 40)


def test_nothing_that_the_file_said_beside_its_picture_goes_along():
    image = Image.new("RGB", (40, 20), "red")
    content = saved(image, description="Sanne Duinmeijer", software="Scanner van Sanne")

    [picture] = read_pages(content, "image/tiff").shown

    assert b"Sanne" in content and b"Sanne" not in picture.content
    assert not opened(picture).getexif()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_each_kind_of_colour_is_drawn(mode):
    [picture] = read_pages(saved(Image.new(mode, (30, 20))), "image/tiff").shown

    assert opened(picture).mode in ("L", "RGB")


def test_a_bitmap_is_drawn():
    [picture] = read_pages(saved(Image.new("RGB", (30, 20), "blue"), form="BMP"), "image/bmp").shown

    assert opened(picture).convert("RGB").getpixel((5, 5))[2] > 240


def test_a_large_page_becomes_as_large_as_one_can_read():
    [picture] = read_pages(
        saved(Image.new("1", (4960, 7016)), compression="group4"), "image/tiff"
    ).shown

    assert picture.height == LONGEST_SIDE


def test_of_many_pages_the_first_are_drawn_and_the_rest_is_told():
    content = saved(*[Image.new("1", (10, 10))] * (PAGES + 5))

    found = read_pages(content, "image/tiff")

    assert len(found.shown) == PAGES and found.more


def test_a_damaged_page_costs_only_itself_and_what_follows(sample):
    content = sample("image/full-fax-3-pages-g4.tif")
    whole = read_pages(content, "image/tiff")
    with Image.open(io.BytesIO(content)) as image:
        image.seek(1)
        place = image.tag_v2[273][0]
    damaged = content[:place] + bytes(40) + content[place + 40 :]

    found = read_pages(damaged, "image/tiff")

    assert found.shown[0] == whole.shown[0]
    assert found.more or len(found.shown) == 3


@pytest.mark.parametrize("content", [b"", b"II*\0", b"II*\0\x08\0\0\0\0\0", b"BM", b"zomaar"])
@pytest.mark.parametrize("kind", ["image/tiff", "image/bmp"])
def test_what_is_no_picture_is_refused(content, kind):
    with pytest.raises(Unreadable):
        read_pages(content, kind)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_drawn():
    header = b"BM" + struct.pack("<LLL", 54, 0, 54)
    header += struct.pack("<LllHHLLllLL", 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)

    with pytest.raises(Unreadable) as refused:
        read_pages(header + bytes(100), "image/bmp")

    assert refused.value.code in ("too_many_pixels", "not_this_type")
