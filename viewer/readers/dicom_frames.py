"""The frames of a DICOM object as pictures, where that takes no decoder that we do not have.

Uncompressed, run lengths, and baseline JPEG; grey and colour. Whatever else there is, is refused
with a word that says what it is.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import pydicom
from PIL import Image, ImageOps
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
        self.planes = bool(data.get("PlanarConfiguration", 0))

    def pictures(self) -> Pictures:
        check_pixels(*self.size)
        known = self.meaning in GREY and self.samples == 1 and self.bits in (8, 16)
        colour = self.meaning in (*COLOURS, "YBR_FULL_422") and self.samples == 3 and self.bits == 8
        if not (known or colour) or int(self.data.get("HighBit", 0)) != self.stored - 1:
            raise Unreadable("image_type")
        frames = islice(self.frames(), min(self.number, FRAMES + 1))
        return drawn((self.shaded(frame) for frame in frames), FRAMES)

    @property
    def stored(self) -> int:
        return int(self.data.get("BitsStored", self.bits))

    def frames(self) -> Iterator[Image.Image]:
        syntax, pixels = self.data.file_meta.TransferSyntaxUID, self.data.PixelData
        if syntax in RAW and self.meaning != "YBR_FULL_422":
            for start in range(0, self.number * self.length, self.length):
                yield self.image(pixels[start : start + self.length], self.planes)
            return
        make: dict[str, Callable[[bytes], Image.Image]] = {
            uid.RLELossless: self.unrolled,
            uid.JPEGBaseline8Bit: self.unpacked,
        }
        if syntax not in make:
            raise Unreadable("image_type")
        for frame in encaps.generate_frames(pixels, number_of_frames=self.number):
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
        if self.length > MOST_RUNS or self.meaning == "YBR_FULL_422":
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
        if self.meaning == "RGB" or self.bits != 8:
            raise Unreadable("image_type")
        with Image.open(io.BytesIO(frame), formats=["JPEG"]) as image:
            if image.size != self.size or len(image.getbands()) != self.samples:
                raise Unreadable("not_well_formed", format="DICOM")
            return image.convert("I" if self.samples == 1 else "RGB")

    def shaded(self, image: Image.Image) -> Image.Image:
        """Colours for the eye: the sender's window, else from the darkest to the lightest."""
        if self.samples == 3:
            return image.convert("RGB")
        grey = levelled(image, self.window())
        return ImageOps.invert(grey) if self.meaning == "MONOCHROME1" else grey

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
