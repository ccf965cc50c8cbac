import struct
import zlib

import pytest

from viewer.clinical import Unreadable
from viewer.readers import read


def codes(document):
    return [notice.code for notice in document.notices]


def png(width, height):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [b"IHDR" + head, b"IDAT" + zlib.compress(b"")]
    parts = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_pdf_tells_its_version(sample):
    document = read("application/pdf", sample("pdf/simple.pdf"))

    assert document.reports[0].standard == "PDF 1.3"
    assert not document.notices


def test_a_protected_or_broken_pdf_says_so():
    assert codes(read("application/pdf", b"%PDF-1.7\n/Encrypt 5 0 R\n%%EOF")) == ["pdf_encrypted"]
    assert codes(read("application/pdf", b"%PDF-1.7\nafgebroken")) == ["pdf_damaged"]


@pytest.mark.parametrize(
    ("name", "kind", "size"),
    [("simple.png", "image/png", "320 × 120"), ("simple.jpg", "image/jpeg", None)],
)
def test_an_image_tells_its_size(sample, name, kind, size):
    [row] = read(kind, sample(f"image/{name}")).reports[0].sections[0].items

    assert row.term == "image_size" and (size is None or row.value == size)


def test_a_rotated_image_says_so(sample):
    rows = read("image/jpeg", sample("image/full-exif-rotated.jpg")).reports[0].sections[0].items

    assert [row.term for row in rows] == ["image_size", "orientation"]


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("image/png", png(60_000, 60_000), "too_many_pixels"),
        ("image/png", png(8_000, 8_000), "too_many_pixels"),
        ("image/png", b"<html>", "not_this_type"),
        ("image/jpeg", b"GIF89a", "not_this_type"),
        ("image/png", b"", "no_content"),
        ("application/pdf", b"<!doctype html>", "not_this_type"),
        ("image/tiff", b"II*\0", "no_reader"),
        ("image/svg+xml", b"<svg/>", "no_reader"),
    ],
)
def test_what_cannot_be_shown_is_refused(kind, content, code):
    with pytest.raises(Unreadable) as refused:
        read(kind, content)

    assert refused.value.code == code
