"""The same laboratory report as EDIFACT, ZorgMail XML, HL7 v2 and FHIR tells the reader the
same."""

import pytest

from viewer.clinical import highest_flag, summary
from viewer.readers import read

FORMATS = {
    "edifact": ("application/edifact", "edifact/medlab-full.edi"),
    "zorgmail": ("application/vnd.edi.medlab+xml", "zorgmail-medlab-xml/full-grouped.xml"),
    "hl7": ("application/hl7-v2", "hl7v2/oru-full.hl7"),
    "fhir": ("application/fhir+json", "fhir-r4/bundle-diagnosticreport-full.json"),
}


@pytest.fixture(params=FORMATS)
def document(request, sample):
    content_type, name = FORMATS[request.param]
    return read(content_type, sample(name))


@pytest.fixture
def first(sample):
    return read("application/edifact", sample("edifact/medlab-full.edi"))


def laboratory(document):
    """The 41 results of the laboratory; the HL7 message carries a scan beside them."""
    scan = ("Kruin-stuitlengte", "Zwangerschapsduur", "A terme datum")
    return [r for r in document.results if r.kind == "result" and r.name not in scan]


def judged(flag):
    """EDIFACT has one mark for "abnormal" that nobody published; the others say it in a letter."""
    return "abnormal" if flag == "marked" else flag


def test_the_same_patient(document, first):
    [patient], [same] = document.patients, first.patients

    assert patient.banner_name("mw.") == "DUINMEIJER – van der KLAVER, Sanne (mw. S.J.)"
    assert patient.birth.iso == same.birth.iso
    assert (patient.sex, patient.bsn) == (same.sex, same.bsn)
    assert {row.value for row in patient.identifiers} == {"ZW204417"}
    assert patient.address[:2] == same.address
    assert patient.telephones[0] == same.telephones[0]


def test_the_same_results_limits_and_flags(document, first):
    shown = [
        (r.name, r.value, r.unit, r.low, r.high, judged(r.flag), r.changed, r.comments)
        for r in laboratory(document)
    ]

    assert len(shown) == 41
    assert shown == [
        (r.name, r.value, r.unit, r.low, r.high, judged(r.flag), r.changed, r.comments)
        for r in laboratory(first)
    ]


def test_the_same_line_in_a_list(document):
    found = summary(document)

    assert (found.kind, found.flag, found.identity) == ("laboratory_report", "abnormal", "one")
    assert found.status == "corrected"
    assert "partial" in found.statuses
    assert found.patient.bsn == "999990032"
    assert found.sender.casefold() == "streeklab duinrand"


def test_none_of_them_warns(document):
    assert not document.notices
    assert highest_flag(document.results) == "abnormal"
