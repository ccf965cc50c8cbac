import io
import zlib

import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset

from viewer.clinical import Unreadable
from viewer.readers import read

KIND = "application/dicom"


def codes(document):
    return [notice.code for notice in document.notices]


def made(preamble=bytes(128), syntax="1.2.840.10008.1.2.1", **elements):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    data = FileDataset(None, {}, file_meta=meta, preamble=preamble)
    for name, value in elements.items():
        setattr(data, name, value)
    target = io.BytesIO()
    data.save_as(target, enforce_file_format=True)
    return target.getvalue()


def test_an_image_gives_patient_study_and_size(sample):
    document = read(KIND, sample("dicom/full-us-multiframe-rgb.dcm"))

    [report] = document.reports
    [patient] = report.patients
    assert patient.banner_name() == "van 't HOOFT-BRUÏNSMA, Zoë (Z.)"
    assert (patient.bsn, patient.birth.iso, patient.sex) == ("999990056", "1987-07-29", "female")
    assert report.title == "Echo zwangerschap 14+2"
    assert report.moments[0].iso == "2026-01-20T10:15:00"
    technical = next(section for section in report.sections if section.term == "technical")
    assert [row.value for row in technical.items][:2] == ["96 × 96", "6"]
    assert "pixel_not_diagnostic" in codes(document)


def test_an_enclosed_document_becomes_an_attachment(sample):
    document = read(KIND, sample("dicom/encapsulated-pdf.dcm"))

    [attachment] = document.attachments
    assert (attachment.filename, attachment.content_type) == ("Echoverslag.pdf", "application/pdf")
    assert attachment.content.startswith(b"%PDF")
    assert "pixels_may_identify" in codes(document)


def test_a_structured_report_is_shown_as_its_content(sample):
    [report] = read(KIND, sample("dicom/public/reportsi.dcm")).reports

    assert report.kind == "structured_report"
    tree = next(section for section in report.sections if section.term == "content_tree")
    assert any(row.label and row.value for row in tree.items)


@pytest.mark.parametrize("name", ["CT_small", "JPEG2000", "reportsi"])
def test_foreign_files_are_read(sample, name):
    assert read(KIND, sample(f"dicom/public/{name}.dcm")).reports[0].standard.startswith("DICOM")


def test_a_deflated_file_is_refused_before_it_grows():
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = made(syntax="1.2.840.10008.1.2.1.99", PatientName="X")
    head = content[: content.index(b"1.2.840.10008.1.2.1.99") + 22]
    content = head + bomb.compress(bytes(300_000_000)) + bomb.flush()
    assert len(content) < 400_000

    with pytest.raises(Unreadable) as refused:
        read(KIND, content)

    assert refused.value.code == "deflated"


@pytest.mark.parametrize(
    "preamble",
    [b"MZ".ljust(128, b"\0"), b"<html><script>".ljust(128, b" "), b"II*\0".ljust(128, b"\0")],
)
def test_a_preamble_of_another_type_is_told(preamble):
    assert codes(read(KIND, made(preamble, PatientName="X^Y"))) == ["preamble"]


def test_other_elements_are_kept_by_their_names():
    [report] = read(KIND, made(PatientComments="Nuchter", PatientName="X")).reports

    assert [(row.label, row.value) for row in report.sections[-1].items] == [
        ("Patient Comments", "Nuchter")
    ]


def test_a_number_of_another_issuer_is_no_bsn():
    [patient] = read(KIND, made(PatientID="999990032", IssuerOfPatientID="ZIEKENHUIS")).patients

    assert patient.bsn == "" and patient.identifiers[0].value == "999990032"


def test_no_warning_of_the_library_quotes_the_patient(caplog, recwarn):
    read(KIND, made(PatientBirthDate="31-02-1990 geheim", PatientName="X"))

    assert not caplog.records and not [one for one in recwarn if "geheim" in str(one.message)]


@pytest.mark.parametrize("content", [b"", b"zomaar", bytes(132)])
def test_what_is_no_dicom_is_refused(content):
    with pytest.raises(Unreadable):
        read(KIND, content)


def test_a_file_that_breaks_off_shows_what_came(sample):
    content = sample("dicom/simple-mono16.dcm")

    assert read(KIND, content[:900]).patients


def test_sequences_nested_too_deep_are_refused():
    data = pydicom.Dataset()
    for _ in range(12):
        outer = pydicom.Dataset()
        outer.ReferencedStudySequence = [data]
        data = outer

    with pytest.raises(Unreadable) as refused:
        read(KIND, made(ReferencedStudySequence=data.ReferencedStudySequence))

    assert refused.value.code == "too_deep"
