"""The frames of a DICOM object as pictures, where that takes no decoder that we do not have.

Uncompressed, run lengths, baseline JPEG and JPEG 2000; grey, colour and colours from a table.
Whatever else there is, is refused with a word that says what it is.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import pydicom
from PIL import Image, ImageOps, Jpeg2KImagePlugin
from pydicom import encaps, uid
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from viewer.clinical import Unreadable
from viewer.readers.dicom import ELEMENTS
from viewer.readers.pictures import BROKEN, Pictures, check_pixels, drawn, levelled

FRAMES = 6
PIXELS = 0x7FE00010
# Run lengths are unrolled by hand, which takes time.
MOST_RUNS = 8 * 1024 * 1024
RAW = (uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian)
GREY = ("MONOCHROME1", "MONOCHROME2")
# What the bytes of a pixel are, as Pillow calls it: by bits, and whether they have a sign.
NUMBERS = {(8, 0): "I;8", (8, 1): "I;8S", (16, 0): "I;16", (16, 1): "I;16S"}
COLOURS = {"RGB": "RGB", "YBR_FULL": "YCbCr"}
TABLE = "PALETTE COLOR"
WAVES = (uid.JPEG2000Lossless, uid.JPEG2000)
WAVE_FORM = Jpeg2KImagePlugin.Jpeg2KImageFile.format
END_OF_WAVES = b"\xff\xd9"
# Undoing wavelets takes time and memory: all numbers of all frames together.
MOST_WAVES = 16 * 1024 * 1024
# What is not drawn, as its own people call it.
PACKED = {
    uid.JPEGExtended12Bit: "JPEG Extended",
    uid.JPEGLossless: "JPEG Lossless",
    uid.JPEGLosslessSV1: "JPEG Lossless",
    uid.JPEGLSLossless: "JPEG-LS",
    uid.JPEGLSNearLossless: "JPEG-LS",
    uid.HTJ2KLossless: "High-Throughput JPEG 2000",
    uid.HTJ2KLosslessRPCL: "High-Throughput JPEG 2000",
    uid.HTJ2K: "High-Throughput JPEG 2000",
    uid.MPEG2MPML: "MPEG-2",
    uid.MPEG2MPHL: "MPEG-2",
    uid.MPEG4HP41: "MPEG-4",
    uid.MPEG4HP422D: "MPEG-4",
    uid.HEVCMP51: "HEVC",
}

# What JPEG 2000 makes of red, green and blue before it packs them.
COMPONENTS = ("YBR_RCT", "YBR_ICT")
MEANINGS = (*COLOURS, *COMPONENTS, "YBR_FULL_422")

REFUSED = (*BROKEN, InvalidDicomError, NotImplementedError, AssertionError, RecursionError)


def read_frames(content: bytes) -> Pictures:
    """The first frames of a whole file. Raises Unreadable where they cannot be drawn."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Frames(up_to_pixels(content)).pictures()
    except REFUSED as error:
        raise Unreadable("not_well_formed", format="DICOM") from error


def up_to_pixels(content: bytes) -> Dataset:
    """All elements but those behind the pixels, as many as the limit lets through."""
    count = 0

    def enough(tag: Any, kind: str | None, length: int) -> bool:
        nonlocal count
        count += 1
        return tag > PIXELS or count > ELEMENTS

    return pydicom.filereader.read_partial(io.BytesIO(content), stop_when=enough)


class Frames:
    """The pixels of one object, and what their numbers mean."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.size = (int(data.Columns), int(data.Rows))
        self.samples = int(data.get("SamplesPerPixel", 1))
        self.bits = int(data.BitsAllocated)
        self.signed = int(data.get("PixelRepresentation", 0))
        self.meaning = str(data.get("PhotometricInterpretation", ""))
        self.number = int(data.get("NumberOfFrames") or 1)
        self.length = self.size[0] * self.size[1] * self.samples * self.bits // 8
        self.syntax = data.file_meta.TransferSyntaxUID
        self.planes = bool(data.get("PlanarConfiguration", 0))

    def pictures(self) -> Pictures:
        check_pixels(*self.size)
        known = self.meaning in GREY and self.samples == 1 and self.bits in (8, 16)
        colour = self.meaning in MEANINGS and self.samples == 3 and self.bits == 8
        tabled = self.meaning == TABLE and self.samples == 1 and self.bits == 8
        if self.syntax in PACKED:
            raise Unreadable("pixels_packed", name=PACKED[self.syntax])
        if not (known or colour or tabled) or int(self.data.get("HighBit", 0)) != self.stored - 1:
            raise Unreadable("image_type")
        if self.meaning in (*COMPONENTS, "YBR_FULL_422") and self.syntax in RAW:
            raise Unreadable("image_type")
        frames = islice(self.frames(), min(self.number, FRAMES + 1))
        return drawn((self.shaded(frame) for frame in frames), FRAMES)

    @property
    def stored(self) -> int:
        return int(self.data.get("BitsStored", self.bits))

    def frames(self) -> Iterator[Image.Image]:
        syntax, pixels = self.syntax, self.data.PixelData
        if syntax in RAW:
            for start in range(0, self.number * self.length, self.length):
                yield self.image(pixels[start : start + self.length], self.planes)
            return
        make: dict[str, Callable[[bytes], Image.Image]] = {
            uid.RLELossless: self.unrolled,
            uid.JPEGBaseline8Bit: self.unpacked,
            **dict.fromkeys(WAVES, self.unwaved),
        }
        if syntax not in make:
            raise Unreadable("image_type")
        done = 0
        for frame in encaps.generate_frames(pixels, number_of_frames=self.number):
            done += self.length * 8 // self.bits
            if syntax in WAVES and done > MOST_WAVES:
                raise Unreadable("too_large", limit=MOST_WAVES)
            yield make[syntax](frame)

    def image(self, pixels: bytes, planes: bool) -> Image.Image:
        """The numbers of one frame as an image of numbers."""
        if len(pixels) < self.length:
            raise Unreadable("not_well_formed", format="DICOM")
        if self.samples == 1:
            form = NUMBERS[self.bits, self.signed]
            return Image.frombytes("I", self.size, pixels, "raw", form)
        kind = COLOURS[self.meaning]
        if not planes:
            return Image.frombytes(kind, self.size, pixels)
        share = self.length // 3
        parts = [pixels[at * share : (at + 1) * share] for at in range(3)]
        return Image.merge(kind, [Image.frombytes("L", self.size, part) for part in parts])

    def unrolled(self, frame: bytes) -> Image.Image:
        """Run lengths: a segment for each byte of each sample, the highest byte first."""
        if self.length > MOST_RUNS or self.meaning in (*COMPONENTS, "YBR_FULL_422"):
            raise Unreadable("image_type")
        count, *starts = struct.unpack_from("<16L", frame)
        ends = [*starts[1:count], len(frame)]
        share = self.size[0] * self.size[1]
        segments = [
            run_lengths(frame[start:end], share)
            for start, end in zip(starts[:count], ends, strict=True)
        ]
        if len(segments) * share != self.length:
            raise Unreadable("not_well_formed", format="DICOM")
        if self.bits == 8:
            return self.image(b"".join(segments), planes=True)
        whole = bytearray(self.length)
        whole[1::2], whole[0::2] = segments
        return self.image(bytes(whole), planes=False)

    def unpacked(self, frame: bytes) -> Image.Image:
        """A JPEG; one whose colours are no luminance and chrominance would come out wrong."""
        if self.meaning in ("RGB", *COMPONENTS) or self.bits != 8:
            raise Unreadable("image_type")
        with Image.open(io.BytesIO(frame), formats=["JPEG"]) as image:
            if image.size != self.size or len(image.getbands()) != self.samples:
                raise Unreadable("not_well_formed", format="DICOM")
            return image.convert("I" if self.samples == 1 else "RGB")

    def unwaved(self, frame: bytes) -> Image.Image:
        """JPEG 2000. Pillow spreads a grey of so many bits over sixteen, those with a sign from
        the lowest up; here they become the numbers that they were."""
        if self.samples == 3 and self.meaning not in ("RGB", *COMPONENTS):
            raise Unreadable("image_type")
        # Its decoder makes a picture of half a stream too, and says nothing.
        if not frame.rstrip(b"\0").endswith(END_OF_WAVES):
            raise Unreadable("not_well_formed", format="DICOM")
        with Image.open(io.BytesIO(frame), formats=[WAVE_FORM]) as image:
            if image.size != self.size or len(image.getbands()) != self.samples:
                raise Unreadable("not_well_formed", format="DICOM")
            if self.samples == 3:
                return image.convert("RGB")
            depth = precision(frame)
            if depth.signed != bool(self.signed):
                raise Unreadable("image_type")
            share = 1 << ((8 if image.mode == "L" else 16) - depth.bits)
            lowest = 1 << (depth.bits - 1) if depth.signed else 0
            return image.convert("I").point(lambda value: value * (1 / share) + -lowest)

    def shaded(self, image: Image.Image) -> Image.Image:
        """Colours for the eye: the sender's window, else from the darkest to the lightest."""
        if self.samples == 3:
            return image.convert("RGB")
        if self.meaning == TABLE:
            return self.tabled(image)
        grey = levelled(image, self.window())
        return ImageOps.invert(grey) if self.meaning == "MONOCHROME1" else grey

    def tabled(self, image: Image.Image) -> Image.Image:
        """Numbers that stand for colours of a table, of which the first may not be for nought."""
        tables = [colours(self.data, name) for name in ("Red", "Green", "Blue")]
        indexed = image.convert("L")
        indexed.putpalette([table[at] for at in range(256) for table in tables])
        return indexed.convert("RGB")

    def window(self) -> tuple[float, float] | None:
        """The lowest and the highest stored number that are told apart."""
        first = partial(number_of, self.data)
        centre, width = first("WindowCenter"), first("WindowWidth")
        slope, start = first("RescaleSlope"), first("RescaleIntercept")
        slope = slope or 1.0
        if centre is None or not width or width <= 0 or slope <= 0:
            return None
        ends = (centre - width / 2, centre + width / 2)
        low, high = ((end - (start or 0.0)) / slope for end in ends)
        return low, high


@dataclass(frozen=True)
class Depth:
    """How many bits a number has in a JPEG 2000 codestream, and whether one of them is a sign."""

    bits: int
    signed: bool


def precision(frame: bytes) -> Depth:
    """As the first component of the codestream has it, bare or within a box of a file."""
    start = frame.find(b"\xff\x4f\xff\x51")
    if start < 0 or len(frame) < start + 43:
        raise Unreadable("not_well_formed", format="DICOM")
    said = frame[start + 42]
    return Depth((said & 0x7F) + 1, bool(said & 0x80))


def colours(data: Dataset, name: str) -> bytes:
    """A table of one colour for each of 256 numbers; those beyond its ends have its outermost."""
    count, first, bits = (int(one) for one in data[f"{name}PaletteColorLookupTableDescriptor"])
    held = bytes(data[f"{name}PaletteColorLookupTableData"].value)
    count = count or 65536
    if bits == 16 or len(held) >= 2 * count:
        held = held[1::2] if bits == 16 else held[0::2]
    if len(held) < count:
        raise Unreadable("not_well_formed", format="DICOM")
    return bytes(held[min(max(number - first, 0), count - 1)] for number in range(256))


def number_of(data: Dataset, name: str) -> float | None:
    """The first number of an element that may hold several."""
    value = data.get(name)
    if isinstance(value, pydicom.multival.MultiValue | list):
        value = value[0] if value else None
    return None if value in (None, "") else float(value)


def run_lengths(segment: bytes, length: int) -> bytes:
    """PackBits: so many bytes as they stand, or one byte so many times."""
    found = bytearray()
    place, last = 0, len(segment)
    while place < last and len(found) < length:
        count = segment[place]
        if count < 128:
            found += segment[place + 1 : place + 2 + count]
            place += count + 2
        elif count > 128:
            found += segment[place + 1 : place + 2] * (257 - count)
            place += 2
        else:
            place += 1
    if len(found) < length:
        raise Unreadable("not_well_formed", format="DICOM")
    return bytes(found[:length])
