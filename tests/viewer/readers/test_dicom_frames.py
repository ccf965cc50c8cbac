import io

import pydicom
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate

from viewer.clinical import Unreadable
from viewer.readers.dicom_frames import FRAMES, read_frames, run_lengths

LS, WAVES = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"
RAW, RLE, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50"


def made(pixels, syntax=RAW, **elements):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    data = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    grey = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2"}
    numbers = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0}
    for name, value in {"Rows": 1, "Columns": 2, **grey, **numbers, **elements}.items():
        setattr(data, name, value)
    data.PixelData = pixels
    data["PixelData"].VR = "OB"
    target = io.BytesIO()
    data.save_as(target, enforce_file_format=True)
    return target.getvalue()


def drawn(content):
    return [Image.open(io.BytesIO(one.content)) for one in read_frames(content).shown]


def shades(content):
    [image] = drawn(content)
    return list(image.convert("L").tobytes())


SIXTEEN = {"BitsAllocated": 16, "BitsStored": 16, "HighBit": 15}
COLOUR = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}


@pytest.mark.parametrize(
    ("pixels", "elements", "seen"),
    [
        (b"\x00\xff", {}, [0, 255]),
        (b"\x00\xff", {"PhotometricInterpretation": "MONOCHROME1"}, [255, 0]),
        (b"\x64\x00\xe8\x03", SIXTEEN, [0, 255]),
        (b"\xff\xff\x01\x00", {**SIXTEEN, "PixelRepresentation": 1}, [0, 255]),
        (b"\x00\x00\x64\x00", {**SIXTEEN, "WindowCenter": 50, "WindowWidth": 400}, [96, 159]),
        (
            b"\x00\x00\x64\x00",
            {
                **SIXTEEN,
                "WindowCenter": [-974, 40],
                "WindowWidth": [100, 400],
                "RescaleIntercept": -1024,
                "RescaleSlope": 1,
            },
            [0, 255],
        ),
    ],
    ids=["8", "inverted", "16", "signed", "window", "rescaled"],
)
def test_numbers_become_the_shades_that_their_sender_meant(pixels, elements, seen):
    assert shades(made(pixels, **elements)) == seen


@pytest.mark.parametrize(
    ("pixels", "planes"),
    [(b"\xff\0\0\0\0\xff", 0), (b"\xff\0\0\0\0\xff", 1)],
    ids=["dots", "planes"],
)
def test_colours_are_drawn(pixels, planes):
    [image] = drawn(made(pixels, **COLOUR, PlanarConfiguration=planes))

    red, _, blue = image.getpixel((0, 0)), None, image.getpixel((1, 0))
    assert red[0] > 120 and blue[2] > 120


def test_run_lengths_are_unrolled():
    low, high = bytes([255, 0x64]), bytes([255, 0x00])
    frame = (2).to_bytes(4, "little") + (64).to_bytes(4, "little") + (66).to_bytes(4, "little")
    frame = frame.ljust(64, b"\0") + high + low

    assert shades(made(encapsulate([frame]), RLE, **SIXTEEN, WindowCenter=100, WindowWidth=2))
    assert run_lengths(b"\x01ab\xfec", 5) == b"abccc"


def test_a_baseline_jpeg_is_drawn():
    target = io.BytesIO()
    Image.new("L", (16, 16), 200).save(target, "JPEG")

    content = made(
        encapsulate([target.getvalue()]),
        JPEG,
        Rows=16,
        Columns=16,
        WindowCenter=128,
        WindowWidth=255,
    )

    assert 190 < shades(content)[0] < 210


def test_the_first_frames_of_many_are_drawn():
    found = read_frames(made(bytes(range(2 * 20)), NumberOfFrames=20))

    assert len(found.shown) == FRAMES and found.more


@pytest.mark.parametrize(
    "elements",
    [
        {"PhotometricInterpretation": "PALETTE COLOR"},
        {"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31},
        {"HighBit": 3},
        {"Rows": 60_000, "Columns": 60_000},
        {"Rows": 100},
        {"Rows": 0},
    ],
)
def test_what_cannot_be_drawn_rightly_is_refused(elements):
    with pytest.raises(Unreadable):
        read_frames(made(b"\x00\xff", **elements))


def test_a_file_without_pixels_is_refused(sample):
    with pytest.raises(Unreadable):
        read_frames(sample("dicom/public/reportsi.dcm"))


@pytest.mark.parametrize(
    ("syntax", "name"),
    [(JPEG[:-1] + "1", "JPEG Extended"), (JPEG[:-2] + "70", "JPEG Lossless"), (LS, "JPEG-LS")],
)
def test_a_packing_that_is_not_undone_here_is_named(syntax, name):
    with pytest.raises(Unreadable) as refused:
        read_frames(made(encapsulate([b"\xff\xd8"]), syntax))

    assert (refused.value.code, refused.value.values) == ("pixels_packed", {"name": name})


def waves(image, signed=False):
    """A JPEG 2000 that lost nothing; with a sign its numbers are lower by half their range."""
    target = io.BytesIO()
    image.save(target, "JPEG2000", no_jp2=True, irreversible=False)
    stream = bytearray(target.getvalue())
    stream[42] |= 0x80 if signed else 0
    return encapsulate([bytes(stream)])


SQUARE = {"Rows": 32, "Columns": 32}


@pytest.mark.parametrize("signed", [0, 1])
def test_the_numbers_of_a_jpeg_2000_are_those_that_its_sender_meant(signed):
    numbers = [40, 1040, 140, 90]
    stored = [number + (32768 if signed else 0) for number in numbers]
    image = Image.frombytes(
        "I;16", (32, 32), b"".join(one.to_bytes(2, "little") for one in stored) * 256
    )

    found = shades(
        made(
            waves(image, signed=bool(signed)),
            WAVES,
            **SQUARE,
            **SIXTEEN,
            PixelRepresentation=signed,
            WindowCenter=90,
            WindowWidth=100,
        )
    )

    assert found[:4] == [0, 255, 255, 127]


@pytest.mark.parametrize(
    ("image", "elements", "dot"),
    [
        (Image.new("L", (32, 32), 200), {"WindowCenter": 128, "WindowWidth": 255}, (200,) * 3),
        (Image.new("RGB", (32, 32), "red"), COLOUR, (254, 0, 0)),
        (
            Image.new("RGB", (32, 32), "red"),
            {**COLOUR, "PhotometricInterpretation": "YBR_RCT"},
            (254, 0, 0),
        ),
    ],
    ids=["grey", "RGB", "YBR_RCT"],
)
def test_a_jpeg_2000_is_drawn_in_its_own_colours(image, elements, dot):
    [shown] = drawn(made(waves(image), WAVES, **SQUARE, **elements))

    seen = shown.convert("RGB").getpixel((5, 5))
    assert all(abs(one - other) < 4 for one, other in zip(seen, dot, strict=True))


@pytest.mark.parametrize(
    "elements",
    [
        {"PixelRepresentation": 1},
        {"Rows": 16},
        {**COLOUR, "PhotometricInterpretation": "YBR_FULL"},
    ],
    ids=["signs differ", "size differs", "colours unknown"],
)
def test_a_jpeg_2000_that_contradicts_its_header_is_refused(elements):
    with pytest.raises(Unreadable):
        read_frames(made(waves(Image.new("L", (32, 32))), WAVES, **{**SQUARE, **elements}))


def palette(bits, first=0):
    tables = {"Red": [0, 255], "Green": [128, 0], "Blue": [0, 0]}
    found = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, values in tables.items():
        wide = b"".join((value * 257).to_bytes(2, "little") for value in values)
        found[f"{name}PaletteColorLookupTableDescriptor"] = [2, first, bits]
        found[f"{name}PaletteColorLookupTableData"] = wide if bits == 16 else bytes(values)
    return found


@pytest.mark.parametrize(
    ("pixels", "elements"),
    [(b"\0\1", palette(16)), (b"\0\1", palette(8)), (b"\x07\xff", palette(16, first=7))],
    ids=["wide", "bytes", "begins later"],
)
def test_colours_of_a_table_are_drawn(pixels, elements):
    [image] = drawn(made(pixels, **elements))

    green, red = (image.getpixel((place, 0)) for place in (0, 1))
    assert green[1] > 90 and green[0] < 60
    assert red[0] > 200 and red[1] < 60


def test_each_cut_of_a_file_is_drawn_or_refused(sample):
    content = sample("dicom/full-us-multiframe-rgb.dcm")

    for end in range(0, len(content), 5000):
        try:
            assert read_frames(content[:end]).shown
        except Unreadable:
            continue


def test_pydicom_agrees_on_the_size_of_a_frame(sample):
    content = sample("dicom/simple-mono16.dcm")
    data = pydicom.dcmread(io.BytesIO(content))

    [image] = drawn(content)

    assert image.size == (data.Columns, data.Rows)
