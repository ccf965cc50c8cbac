from pathlib import Path

import pytest

from boxes import content_types
from boxes.content_types import recognise, settle

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("edifact", "application/edifact"),
        ("hl7v2", "application/hl7-v2"),
        ("cda", "application/hl7-cda+xml"),
        ("dicom", "application/dicom"),
        ("pdf", "application/pdf"),
        ("hub-xml", "application/vnd.nl.perinatologie.resource+xml"),
        ("message-rfc822", "message/rfc822"),
        ("messagebox-envelope", "application/vnd.messagebox.envelope+json"),
        ("zorgmail-medvri-xml", "application/vnd.edi.medvri+xml"),
        ("zorgmail-medspe-xml", "application/vnd.edi.medspe+xml"),
        ("zorgmail-mednip-xml", "application/vnd.edi.mednip+xml"),
        ("text-xml", "text/xml"),
    ],
)
def test_every_sample_is_recognised(folder, expected):
    files = [file for file in (DATA / folder).rglob("*") if file.suffix not in (".md", ".xsd", "")]

    assert files
    assert {file.name: recognise(file.read_bytes()) for file in files} == {
        file.name: expected for file in files
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zorgmail-medlab-xml/simple-flat.xml", "application/vnd.edi.medlab+xml"),
        ("zorgmail-medlab-xml/engine-style-segments.xml", "application/vnd.edi.edifact+xml"),
        ("fhir-r4/bundle-simple.json", "application/fhir+json"),
        ("fhir-r4/public/nl-core-Patient-01.xml", "application/fhir+xml"),
        ("fhir-stu3/eoverdracht-full.xml", "application/fhir+xml"),
        ("formidable/full-instance.json", "application/vnd.formidable.instance+json"),
        ("formidable/simple-flat.json", "application/json"),
        ("image/simple.png", "image/png"),
        ("image/simple.jpg", "image/jpeg"),
        ("image/full-fax-3-pages-g4.tif", "image/tiff"),
    ],
)
def test_a_sample_is_recognised(name, expected):
    assert recognise((DATA / name).read_bytes()) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xef\xbb\xbf  UNA:+.? 'UNB+UNOA:1'", "application/edifact"),
        (b"UNA:+.?'UNB+UNOA:1'", "application/edifact"),
        (b"\x0bMSH|^~\\&|", "application/hl7-v2"),
        (b"BHS|^~\\&|", "application/hl7-v2"),
        (b"MSHAPEN zijn mooi", ""),
        (b"UNBELIEVABLE", ""),
        (b"junk\n%PDF-1.4", "application/pdf"),
        (b"x" * 1024 + b"%PDF-1.4", ""),
        (b"<!doctype html><p>Dag", "text/html"),
        (b"<p>Dag</p>", ""),
        ("<MEDLAB_1/>".encode("utf-16"), "application/vnd.edi.medlab+xml"),
        (b"<resource><x/></resource>", "text/xml"),
        (b'<h:ClinicalDocument xmlns:h="urn:hl7-org:v3"/>', "application/hl7-cda+xml"),
        (b'<PRPA_IN101305NL xmlns="urn:hl7-org:v3"/>', "application/hl7-v3+xml"),
        (b"{\\rtf1 Dag}", "text/rtf"),
        (b"[1, 2]", "application/json"),
        (b"Van: Jan\nAan: Piet\n\nDag", ""),
        (b"Subject: x\r\nFrom: a@b.example\r\n\r\nDag", "message/rfc822"),
        (b"RIFF1234WEBPVP8 ", "image/webp"),
        (b"Beste collega,", ""),
        (b"", ""),
        (b"<" * 5000, ""),
        (b"<?x " * 2000, ""),
    ],
)
def test_first_bytes_decide(content, expected):
    assert recognise(content) == expected


def test_a_clear_declaration_leads():
    assert settle("Text/HTML; charset=utf-8", b"UNB+UNOA:1'") == "text/html"


@pytest.mark.parametrize("declared", ["text/plain", "text/xml", "application/octet-stream", ""])
def test_a_vague_declaration_is_repaired(declared):
    assert settle(declared, b"UNB+UNOA:1'") == "application/edifact"


def test_what_nobody_recognises_stays_what_it_was_called():
    assert settle("text/plain; charset=x", b"Dag") == "text/plain"
    assert settle("", b"Dag") == "application/octet-stream"


def test_only_the_head_is_looked_at():
    assert recognise(b" " * content_types.HEAD + b"UNB+") == ""
