"""The same laboratory report as EDIFACT, ZorgMail XML, HL7 v2 and FHIR tells the reader the
same; and a letter and a printed sheet say the same of what they repeat."""

import base64
import re
import zlib
from itertools import permutations

import pytest

from boxes.summary import Numbers
from viewer import knowledge
from viewer.clinical import highest_flag, summary
from viewer.jobs import Job
from viewer.readers import read
from viewer.renderers import render, result_html

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
    """The results of the laboratory; the HL7 message carries a scan beside them."""
    return [r for r in document.results if r.kind == "result" and not r.beside]


def told(result):
    """All that a row says, but when: two formats give each sample a time, two the whole order."""
    return (
        result.name,
        result.value,
        result.unit,
        result.low,
        result.high,
        result.flag,
        flag_words(result),
        result.severity,
        result.changed,
        result.status if result.status != "final" else "",
        result.comments,
        result.code.split(),
        result.details,
    )


def flag_words(result):
    return result_html.flag(result)


def test_the_same_patient(document, first):
    [patient], [same] = document.patients, first.patients

    assert patient.banner_name("mw.") == "DUINMEIJER – van der KLAVER, Sanne (mw. S.J.)"
    assert patient.birth.iso == same.birth.iso
    assert (patient.sex, patient.bsn) == (same.sex, same.bsn)
    assert {row.value for row in patient.identifiers} == {"ZW204417"}
    assert patient.address[:2] == same.address
    assert patient.telephones[0] == same.telephones[0]


def test_the_same_results_limits_and_flags(document, first):
    shown = [told(result) for result in laboratory(document)]

    assert len(shown) == 41
    assert shown == [told(result) for result in laboratory(first)]
    assert {result.at.iso[:10] for result in laboratory(document)} == {"2026-02-05"}
    assert {result.at.iso[11:16] for result in laboratory(document)} <= {"08:15", "08:20"}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_same_at_a_glance(request, language):
    said = set()
    for content_type, name in FORMATS.values():
        content = request.getfixturevalue("sample")(name)
        job = Job(content, content_type, len(content), language=language)
        page = render(job).summary
        said.add(re.search(r'<p class="mbx-count">.*?</ul>(?:<p.*?</p>)?', page, re.S)[0])

    assert len(said) == 1
    assert "18 " in said.pop()


def test_what_stands_beside_the_laboratory_is_told_apart(sample):
    """The measures of a scan are no results of the laboratory, and were taken of no sample."""
    found = read(*FORMATS["hl7"][:1], sample(FORMATS["hl7"][1]))
    scan = next(
        section
        for report in found.reports
        for section in report.walk()
        if "Echo" in section.heading
    )

    assert all(result.beside for result in scan.results) and len(scan.results) == 4
    assert [moment.meaning for moment in scan.moments] == ["examined"]
    page = render(Job(sample(FORMATS["hl7"][1]), FORMATS["hl7"][0], 1)).summary
    assert "4 metingen naast deze uitslagen" in page


def test_a_correction_in_one_format_replaces_the_report_in_another(sample):
    found = {}
    for format, (content_type, name) in FORMATS.items():
        content = sample(name)
        found[format] = knowledge.known(Job(content, content_type, len(content))).summary
    numbers = {format: Numbers.written(told.numbers) for format, told in found.items()}

    assert len({told.report_hash for told in found.values()}) == 1
    # Those that number each sample hold what the order as a whole is known by; not reversed.
    whole, apart = {"hl7", "fhir"}, {"edifact", "zorgmail"}
    for earlier, later in permutations(FORMATS, 2):
        covered = numbers[later].cover(numbers[earlier])
        assert covered == (not (earlier in apart and later in whole)), (earlier, later)


def test_the_letter_says_the_same_of_what_it_repeats(sample, first):
    letter = read("application/hl7-cda+xml", sample("cda/full-letter.xml"))
    [hemoglobin] = [result for result in letter.results if not result.finding and result.unit]
    [same] = [result for result in first.results if result.name == "Hemoglobine"]

    for name in ("value", "unit", "low", "high", "flag", "severity"):
        assert getattr(hemoglobin, name) == getattr(same, name)
    assert flag_words(hemoglobin) == flag_words(same)
    assert hemoglobin.at.iso[:16] == same.at.iso[:16]
    assert letter.patients[0].banner_name("mw.") == first.patients[0].banner_name("mw.")


def test_the_printed_sheet_says_the_same_of_what_it_repeats(sample, first):
    results = {result.name: result for result in first.results}
    lines = [line.split() for line in printed(sample("pdf/simple.pdf"))]
    rows = [line for line in lines if line[0] in results]

    assert len(rows) == 2
    for name, value, unit, *limits, flag in rows:
        same = results[name]
        assert (value, unit) == (same.value, same.unit)
        assert "".join(limits) == f"({same.low}-{same.high})"
        assert {"L": "low"}[flag] == same.flag


def printed(pdf: bytes) -> list[str]:
    """The lines of a PDF of one page, as its printer wrote them."""
    [stream] = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    content = zlib.decompress(base64.a85decode(b"<~" + stream.strip(), adobe=True)).decode()
    return [re.sub(r"\\(.)", r"\1", line) for line in re.findall(r"\((.*?)(?<!\\)\) Tj", content)]


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
