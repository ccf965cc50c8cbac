import base64

import pytest

from viewer.clinical import Result, Row, Text, Unreadable
from viewer.readers import cda

PATIENT = (
    '<recordTarget><patientRole><id root="2.16.840.1.113883.2.4.6.3" extension="{}"/>'
    "</patientRole></recordTarget>"
)


def document(inner):
    return cda.read(f'<ClinicalDocument xmlns="urn:hl7-org:v3">{inner}</ClinicalDocument>'.encode())


def section(inner):
    inside = f"<component><section>{inner}</section></component>"
    body = f"<component><structuredBody>{inside}</structuredBody></component>"
    return document(body).reports[0].sections[0]


def narrative(inner):
    [text] = section(f"<text>{inner}</text>").items
    return text


def body(inner, attributes=""):
    return document(
        f"<component><nonXMLBody><text {attributes}>{inner}</text></nonXMLBody></component>"
    )


def test_a_letter_gives_patient_parties_and_sections(sample):
    [report] = cda.read(sample("cda/full-letter.xml")).reports

    assert report.title == "Poliklinische brief Gynaecologie"
    [patient] = report.patients
    assert patient.banner_name() == "DUINMEIJER – van der KLAVER, Sanne (S.J.)"
    assert (patient.bsn, patient.birth.iso, patient.sex) == ("999990032", "1991-03-14", "female")
    assert [(party.role, party.person or party.organization) for party in report.parties] == [
        ("author", "dr. T. Wiegersma"),
        ("authenticator", "T. Wiegersma"),
        ("custodian", "Ziekenhuis De Wilgenhof"),
        ("receiver", "M. Ooijevaar"),
    ]
    assert [(moment.meaning, moment.iso[:16]) for moment in report.moments] == [
        ("created", "2026-02-10T16:02"),
        ("written", "2026-02-10T15:45"),
        ("signed", "2026-02-10T16:00"),
    ]
    assert [one.heading for one in report.sections] == [
        "Reden van verwijzing",
        "Allergieën",
        "Medicatie",
        "Uitslagen",
        "Conclusie en beleid",
    ]


def test_what_is_coded_stands_below_what_was_signed(sample):
    [report] = cda.read(sample("cda/full-letter.xml")).reports

    [result] = report.sections[3].sections[0].results
    assert (result.value, result.low, result.high, result.flag) == ("6.4", "7.5", "10.0", "low")


def test_an_image_comes_along_and_is_named_in_the_text(sample):
    [report] = cda.read(sample("cda/full-letter.xml")).reports

    [image] = report.attachments
    assert (image.content_type, image.content_id, image.inline) == ("image/png", "MM1", True)
    assert '<img src="cid:MM1" alt="Groeicurve">' in report.sections[3].items[0].markup


def test_a_pdf_body_becomes_an_attachment(sample):
    [report] = cda.read(sample("cda/simple-pdf-body.xml")).reports

    assert report.attachments[0].content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("inner", "markup"),
    [
        ("<paragraph>a<br/>b</paragraph>", "<p>a<br>b</p>"),
        ('<list listType="ordered"><item>a</item></list>', "<ol><li>a</li></ol>"),
        ('<content styleCode="Bold Italics">a</content>', "<em><strong>a</strong></em>"),
        ('<content revised="delete">a</content>', "<del>a</del>"),
        (
            '<table onclick="x"><tr><td colspan="2" style="x">a</td></tr></table>',
            '<table><tr><td colspan="2">a</td></tr></table>',
        ),
        ('<table><tr><td colspan="x">a</td></tr></table>', "<table><tr><td>a</td></tr></table>"),
        ('<linkHtml href="javascript:x">a</linkHtml>', "a (javascript:x)"),
        (
            '<linkHtml href="https://a.example/?a=1&amp;b=2">a</linkHtml>',
            '<a href="https://a.example/?a=1&amp;b=2">a</a>',
        ),
        ("<script>alert(1)</script>", "alert(1)"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        (
            '<renderMultiMedia referencedObject="&quot;&gt;x"/>',
            '<img src="cid:&quot;&gt;x" alt="">',
        ),
        ("H<sub>2</sub>O<!-- weg -->", "H<sub>2</sub>O"),
    ],
)
def test_the_narrative_becomes_html_of_our_own(inner, markup):
    assert narrative(inner).markup == markup


def test_the_narrative_is_there_as_plain_text_too():
    text = narrative("<table><tr><td> a </td><td>b</td></tr></table><paragraph>c</paragraph>")

    assert text.lines == ("a\tb", "c")


def test_a_section_with_only_coded_data_says_so():
    found = document(
        "<component><structuredBody><component><section><title>Allergieën</title><entry>"
        '<act><code code="1" displayName="Latex"/></act></entry></section></component>'
        "</structuredBody></component>"
    )

    assert found.notices[0].values == {"where": "Allergieën"}
    rows = found.reports[0].sections[0].sections[0].items
    assert rows[-1] == Row(label="code", value="1 Latex", depth=1)


def test_a_denied_observation_never_looks_like_a_finding():
    [result] = (
        section(
            '<entry><observation negationInd="true"><code displayName="Allergie"/>'
            '<value displayName="Latex"/></observation></entry>'
        )
        .sections[0]
        .items
    )

    assert isinstance(result, Result)
    assert (result.value, result.status) == ("Latex", "negated")


def test_what_a_revision_took_out_is_struck_in_plain_text_too():
    assert narrative('a <content revised="delete">b</content> c').lines == ("a ~~b~~ c",)


def test_a_masked_number_says_so():
    content = '<recordTarget><patientRole><id nullFlavor="MSK"/></patientRole></recordTarget>'

    [patient] = document(content).patients

    assert patient.identifiers[0].value_term == "masked"


def test_two_patients_stay_two():
    found = document(PATIENT.format("999990032") + PATIENT.format("999990044"))

    assert [patient.bsn for patient in found.patients] == ["999990032", "999990044"]


@pytest.mark.parametrize(("code", "status"), [("RPLC", "replaces"), ("APND", "addition")])
def test_its_relation_to_an_earlier_document_is_a_status(code, status):
    content = (
        f'<relatedDocument typeCode="{code}"><parentDocument><id root="1" extension="oud"/>'
        "</parentDocument></relatedDocument>"
    )

    [report] = document(content).reports

    assert report.statuses == (status,)
    assert report.number("replaced_document") == "oud"


def test_confidentiality_is_a_status():
    assert document('<confidentialityCode code="V"/>').reports[0].statuses == ("very_restricted",)


def test_a_plain_body_keeps_its_lines():
    [text] = body("een\n  twee").reports[0].sections[0].items

    assert isinstance(text, Text)
    assert text.lines == ("een", "  twee")


def test_a_body_elsewhere_is_named_and_never_fetched():
    found = body('<reference value="https://x.example/a.pdf"/>')

    assert found.notices[0].code == "external_pointer"
    assert found.reports[0].sections[0].items[0].value == "https://x.example/a.pdf"


def test_a_large_body_does_not_count_for_the_limits():
    data = base64.b64encode(bytes(6_000_000)).decode()

    found = body(data, 'mediaType="application/pdf" representation="B64"')

    assert found.attachments[0].size == 6_000_000


def test_a_body_that_cannot_be_decoded_is_kept_and_told():
    found = body("geen base64!", 'mediaType="application/pdf" representation="B64"')

    assert found.attachments[0].content == b"geen base64!"
    assert found.notices[0].code == "file_unreadable"


def test_what_the_header_has_besides_is_kept(sample):
    [report] = cda.read(sample("cda/public/ccda-referral-note.xml")).reports

    assert "Power of Attorney" in [row.value for row in report.rest]


@pytest.mark.parametrize(
    "content",
    [b"<ClinicalDocument", b"<Other xmlns='urn:hl7-org:v3'/>", b"<!DOCTYPE x><ClinicalDocument/>"],
)
def test_what_is_no_document_is_refused(content):
    with pytest.raises(Unreadable):
        cda.read(content)
