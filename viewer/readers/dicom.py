"""DICOM: the header of an object, a structured report, an enclosed document."""

from __future__ import annotations

import io
import logging
import struct
import warnings
from collections.abc import Iterator
from typing import Any

import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from viewer.clinical import (
    Attachment,
    Document,
    Moment,
    Notice,
    Party,
    Patient,
    Report,
    Row,
    Section,
    Unreadable,
)
from viewer.readers import codes, dates
from viewer.readers.limits import MIB, check_count, check_depth
from viewer.readers.names import double_name, initialled, initials_of

HEAD, ELEMENTS, DEPTH = MIB, 2_000, 8
DEFLATED = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.4.95")
ENCAPSULATED = "1.2.840.10008.5.1.4.1.1.104."
REPORT = "1.2.840.10008.5.1.4.1.1.88."
ENCLOSED = 0x00420011
LONG = ("OB", "OW", "OF", "OD", "OL", "OV", "UN")
BROKEN = (
    InvalidDicomError,
    struct.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    NotImplementedError,
    EOFError,
    OSError,
    AssertionError,
    OverflowError,
)
STUDY = (
    ("Modality", "modality"),
    ("StudyDescription", "study"),
    ("SeriesDescription", "series"),
    ("InstitutionName", "institution"),
)
IMAGE = (
    ("NumberOfFrames", "frames"),
    ("PhotometricInterpretation", "colours"),
    ("BurnedInAnnotation", "burned_in"),
)
MODALITIES = {
    "CR": "x_ray",
    "DX": "x_ray",
    "RG": "x_ray",
    "CT": "ct_scan",
    "MR": "mri_scan",
    "US": "ultrasound",
    "MG": "mammography",
    "NM": "nuclear_scan",
    "PT": "pet_scan",
    "XA": "angiography",
    "ES": "endoscopy",
    "XC": "photograph",
    "ECG": "ecg",
    "BMD": "bone_density",
}
TAKEN = {
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "AccessionNumber",
    "Rows",
    "Columns",
    "WindowCenter",
    "WindowWidth",
    "SOPClassUID",
    "EncapsulatedDocument",
    "MIMETypeOfEncapsulatedDocument",
    "DocumentTitle",
    "ContentSequence",
    "ConceptNameCodeSequence",
    "VerificationFlag",
    *(name for name, _ in (*STUDY, *IMAGE)),
}

# One damaged element must not hide the others; and its warnings quote values of the patient,
# which must not reach any log.
pydicom.config.convert_wrong_length_to_UN = True
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
logging.getLogger("pydicom").setLevel(logging.CRITICAL)


def read(content: bytes) -> Document:
    """The header of a DICOM file."""
    if content[128:132] != b"DICM":
        raise Unreadable("not_this_type", format="DICOM")
    syntax = transfer_syntax(content)
    if syntax in DEFLATED:
        raise Unreadable("deflated")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = dataset(content[:HEAD])
            if text(data, "SOPClassUID").startswith(ENCAPSULATED) and len(content) > HEAD:
                data = dataset(content)
            return Document((Header(data, syntax).report(),), tuple(notices(content, data)))
    except BROKEN as error:
        raise Unreadable("not_well_formed", format="DICOM") from error


def transfer_syntax(content: bytes) -> str:
    """(0002,0010), read by hand: the library would inflate a deflated file before it could be
    refused."""
    place, seen = 132, 0
    while place + 8 <= len(content) and seen < 50:
        group, element = struct.unpack_from("<HH", content, place)
        if group != 2:
            break
        kind = content[place + 4 : place + 6]
        long = kind in (b"OB", b"OW", b"UN", b"UT", b"SQ", b"OF")
        if long and place + 12 > len(content):
            break
        size = struct.unpack_from("<I" if long else "<H", content, place + (8 if long else 6))[0]
        start = place + (12 if long else 8)
        if element == 0x10:
            return content[start : start + size].decode("ascii", "replace").strip("\0 ")
        place, seen = start + size, seen + 1
    return ""


def dataset(content: bytes) -> Dataset:
    """The elements before the pixels, as many as the limit lets through."""
    count = 0

    def enough(tag: Any, kind: str | None, length: int) -> bool:
        nonlocal count
        count += 1
        # Of an enclosed document only the beginning may have come.
        cut = tag == ENCLOSED and length > len(content)
        return cut or tag >= 0x7FE00000 or count > ELEMENTS

    return pydicom.filereader.read_partial(io.BytesIO(content), stop_when=enough)


def notices(content: bytes, data: Dataset) -> Iterator[Notice]:
    if content[:128].strip(b"\0"):
        yield Notice("preamble")
    if text(data, "SOPClassUID").startswith(ENCAPSULATED) and "EncapsulatedDocument" not in data:
        yield Notice("enclosed_too_large")
    if "Rows" in data:
        yield Notice("pixels_not_shown")
        yield Notice("pixel_not_diagnostic")
    if text(data, "BurnedInAnnotation").upper() == "YES":
        yield Notice("pixels_may_identify")


class Header:
    """One data set on its way to a report."""

    def __init__(self, data: Dataset, syntax: str):
        self.data = data
        self.syntax = syntax
        self.left = ELEMENTS

    def report(self) -> Report:
        data = self.data
        kind = text(data, "SOPClassUID")
        enclosed = attachment(data)
        sections = [
            Section(term="study", items=tuple(rows(data, STUDY))),
            Section(term="content_tree", items=tuple(self.tree(data, 0))),
            Section(term="technical", items=(*image(data), *self.technical())),
            Section(term="other_data", items=tuple(self.others(data, 0))),
        ]
        return Report(
            kind="structured_report" if kind.startswith(REPORT) else "image_study",
            standard="DICOM",
            title=text(data, "StudyDescription") or text(data, "DocumentTitle"),
            statuses=tuple(statuses(data)),
            moments=tuple(studied(data)),
            patients=tuple(patient(data)),
            parties=tuple(
                Party("referrer", person=person_line(name))
                for name in [text(data, "ReferringPhysicianName")]
                if name.strip("^ ")
            ),
            numbers=tuple(
                Row(term="accession_number", value=number)
                for number in [text(data, "AccessionNumber")]
                if number
            ),
            sections=tuple(section for section in sections if section.items),
            attachments=(enclosed,) if enclosed else (),
        )

    def technical(self) -> list[Row]:
        pairs = (
            ("transfer_syntax", uid(self.syntax)),
            ("sop_class", uid(text(self.data, "SOPClassUID"))),
        )
        return [Row(term=term, value=value) for term, value in pairs if value]

    def others(self, data: Dataset, depth: int) -> Iterator[Row]:
        """Every element without a place of its own, by its name in the standard."""
        for element in data:
            if depth == 0 and element.keyword in TAKEN:
                continue
            yield from self.element(element, depth)

    def element(self, element: DataElement, depth: int) -> Iterator[Row]:
        self.left -= 1
        check_count(ELEMENTS - self.left, ELEMENTS)
        check_depth(depth, DEPTH)
        label = element.name if element.name != "Unknown" else str(element.tag)
        if element.VR == "SQ":
            yield Row(label=label, depth=depth)
            for item in element.value or []:
                yield from self.others(item, depth + 1)
        elif element.VR in LONG and isinstance(element.value, bytes):
            yield Row(label=label, value=f"{len(element.value)} bytes", depth=depth)
        elif shown := shown_as(element.value):
            yield Row(label=label, value=shown, depth=depth)

    def tree(self, data: Dataset, depth: int) -> Iterator[Row]:
        """(0040,A730): the content of a structured report, a name and a value a line."""
        check_depth(depth, DEPTH * 2)
        for item in data.get("ContentSequence") or []:
            self.left -= 1
            check_count(ELEMENTS - self.left, ELEMENTS)
            name = meaning(item.get("ConceptNameCodeSequence"))
            yield Row(label=name, value=content_of(item), depth=depth)
            yield from self.tree(item, depth + 1)


def content_of(item: Dataset) -> str:
    """The value of an item of a structured report, whatever its type."""
    for name in ("TextValue", "DateTime", "Date", "Time", "PersonName", "UID"):
        if name in item:
            return person_line(text(item, name)) if name == "PersonName" else text(item, name)
    for measured in item.get("MeasuredValueSequence") or []:
        unit = meaning(measured.get("MeasurementUnitsCodeSequence"))
        return f"{text(measured, 'NumericValue')} {unit}".strip()
    for pointed in item.get("ReferencedSOPSequence") or []:
        return uid(text(pointed, "ReferencedSOPInstanceUID"))
    return meaning(item.get("ConceptCodeSequence"))


def meaning(sequence: Any) -> str:
    return next(
        (text(item, "CodeMeaning") or text(item, "CodeValue") for item in sequence or []), ""
    )


def text(data: Dataset, name: str) -> str:
    return shown_as(data.get(name)) if name in data else ""


def shown_as(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, pydicom.multival.MultiValue)):
        return " \\ ".join(shown_as(one) for one in value)
    return str(value).strip("\0 ")


def uid(value: str) -> str:
    """The name of a registered identifier, else the identifier."""
    name = pydicom.uid.UID(value).name if value else ""
    return f"{name} ({value})" if name and name != value else value


def rows(data: Dataset, names: tuple[tuple[str, str], ...]) -> Iterator[Row]:
    for name, term in names:
        if value := text(data, name):
            known = MODALITIES.get(value.upper(), "") if term == "modality" else ""
            yield Row(term=term, value=value, value_term=known)


def image(data: Dataset) -> Iterator[Row]:
    if "Rows" in data and "Columns" in data:
        yield Row(term="image_size", value=f"{text(data, 'Columns')} × {text(data, 'Rows')}")
    yield from rows(data, IMAGE)
    window = [text(data, name) for name in ("WindowCenter", "WindowWidth")]
    if any(window):
        yield Row(term="window", value=" / ".join(window))


def statuses(data: Dataset) -> Iterator[str]:
    """Whether a structured report is finished and signed."""
    if text(data, "CompletionFlag").upper() == "PARTIAL":
        yield "partial"
    if text(data, "VerificationFlag").upper() == "UNVERIFIED":
        yield "unsigned"


def studied(data: Dataset) -> Iterator[Moment]:
    date, time = text(data, "StudyDate"), text(data, "StudyTime")
    if date:
        received = f"{date} {time}".strip()
        yield Moment(
            "studied", received, dates.iso(f"{date}{time.partition('.')[0]}") or dates.iso(date)
        )


def patient(data: Dataset) -> Iterator[Patient]:
    name, number = text(data, "PatientName"), text(data, "PatientID")
    born, sex = text(data, "PatientBirthDate"), text(data, "PatientSex")
    if not any((name.strip("^= "), number, born)):
        return
    issuer = text(data, "IssuerOfPatientID")
    bsn = number if "NLMINBIZA" in issuer.upper() else ""
    others = (
        (Row(term="" if issuer else "identifier", label=issuer, value=number),)
        if number and not bsn
        else ()
    )
    yield Patient(
        **person(name),
        birth=dates.moment("birth", born) if born else None,
        sex=codes.sex(sex),
        sex_received=sex,
        bsn=bsn,
        identifiers=others,
    )


def parts_of(name: str) -> list[str]:
    """``family^given^middle^prefix^suffix``, the first group that has anything."""
    group = next((one for one in name.split("=") if one.strip("^ ")), "")
    return [*(part.strip() for part in group.split("^")), *[""] * 5][:5]


def person(name: str) -> dict:
    family, given, middle, prefix, suffix = parts_of(name)
    titles = " ".join(filter(None, (prefix, suffix)))
    return {"surnames": double_name(family, ""), "titles": titles, **initials_of(given, middle)}


def person_line(name: str) -> str:
    family, given, middle, prefix, suffix = parts_of(name)
    names = (prefix, *map(initialled, (given, middle)), family, suffix)
    return " ".join(filter(None, names))


def attachment(data: Dataset) -> Attachment | None:
    """(0042,0011): a PDF or CDA in the object."""
    content = data.get("EncapsulatedDocument")
    if not isinstance(content, bytes) or not content:
        return None
    kind = text(data, "MIMETypeOfEncapsulatedDocument") or "application/octet-stream"
    title = text(data, "DocumentTitle")
    extension = {"application/pdf": "pdf", "text/xml": "xml"}.get(kind.lower(), "bin")
    return Attachment(
        f"{title or 'document'}.{extension}", kind, content, len(content), title=title
    )
