import base64
import json

import pytest

from viewer.clinical import Text, Unreadable, highest_flag, identity
from viewer.readers import fhir

BSN = "http://fhir.nl/fhir/NamingSystem/bsn"


def read(data):
    return fhir.read(json.dumps(data).encode())


def report(data):
    [found] = read(data).reports
    return found


def observation(**fields):
    return {"resourceType": "Observation", "status": "final", "code": {"text": "Kalium"}} | fields


def observed(**fields):
    return report(observation(**fields)).results[0]


def test_a_report_gives_patient_results_in_their_sections_and_document(sample):
    document = fhir.read(sample("fhir-r4/bundle-diagnosticreport-full.json"))

    [found] = document.reports
    assert found.patients[0].banner_name() == "DUINMEIJER – van der KLAVER, Sanne (S.J.)"
    assert (found.kind, found.statuses) == ("laboratory_report", ("partial", "corrected"))
    assert [section.heading or section.term for section in found.sections[0].sections] == [
        "Hematologie",
        "Klinische chemie",
        "Bloedgroep en serologie",
        "Urine",
        "conclusion",
    ]
    assert len(found.results) == 41
    assert found.attachments[0].content.startswith(b"%PDF")
    assert found.parties[0].organization == "Streeklab Duinrand"
    assert found.number("report_number") == "26020511"
    assert highest_flag(found.results) == "abnormal"
    assert not document.notices


def test_numbers_keep_their_digits(sample):
    assert fhir.read(sample("fhir-stu3/observation-simple.json")).results[0].value == "8.90"
    content = b'{"resourceType":"Observation","valueQuantity":{"value":7.10,"unit":"x"}}'
    assert fhir.read(content).results[0].value == "7.10"


def test_the_third_release_has_its_own_names(sample):
    [result] = fhir.read(sample("fhir-stu3/observation-simple.json")).results

    assert (result.flag, result.low, result.high) == ("normal", "8.5", "11.0")
    assert result.comments == (
        "STU3: interpretation is een object en opmerkingen staan in comment.",
    )


def test_a_handoff_in_xml_is_read_section_by_section(sample):
    [found] = fhir.read(sample("fhir-stu3/eoverdracht-full.xml")).reports

    assert (found.kind, found.title) == ("nursing_handoff", "Verpleegkundige overdracht")
    assert [section.heading for section in found.sections] == [
        "Algemeen",
        "Vitale functies",
        "Allergieën",
        "Zelfzorg",
    ]
    assert "<b>10-02-2026</b>" in found.sections[0].items[0].markup
    assert [(r.name, r.value, r.depth) for r in found.results] == [
        ("Bloeddruk", "", 0),
        ("Systolisch", "138", 1),
        ("Diastolisch", "80", 1),
    ]
    assert found.sections[2].sections[0].heading == "Allergie voor penicilline"
    assert found.sections[3].sections[1].details[0].value == "Geen bijzonderheden"


def test_xml_and_json_tell_the_same():
    content = b"""<Observation xmlns="http://hl7.org/fhir"><status value="final"/>
      <code><text value="Kalium"/></code><subject><identifier><system
      value="http://fhir.nl/fhir/NamingSystem/bsn"/><value
      value="999990032"/></identifier>
      </subject><valueQuantity><value value="7.10"/><unit
      value="mmol/l"/></valueQuantity></Observation>"""

    from_xml = fhir.read(content)
    from_json = fhir.read(
        b'{"resourceType":"Observation","status":"final","code":{"text":"Kalium"},"subject":{"identifier":'
        b'{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990032"}},'
        b'"valueQuantity":{"value":7.10,"unit":"mmol/l"}}'
    )

    assert from_xml == from_json


def test_a_dutch_double_name_is_in_the_order_of_the_sender(sample):
    [patient] = fhir.read(sample("fhir-r4/public/nl-core-Patient-01.xml")).patients

    assert patient.banner_name() == "van PUTTEN – van der GIESSEN, Johanna Petronella Maria"
    assert patient.bsn == "111222333" and patient.bsn_passes
    assert patient.deceased is None
    assert "Divorced" in repr(patient.details)


def test_a_letter_shows_its_text_and_its_documents(sample):
    [found] = fhir.read(sample("fhir-r4/documentreference.json")).reports

    assert found.title == "Specialistenbrief"
    assert [attachment.content_type for attachment in found.attachments] == [
        "text/plain; charset=utf-8",
        "application/pdf",
    ]
    [text] = [item for item in found.sections[0].items if isinstance(item, Text)]
    assert text.lines[0] == "Geachte collega,"
    assert found.patients[0].bsn == "999990044"


def test_a_message_tells_sender_and_urgency(sample):
    [found] = fhir.read(sample("fhir-r4/communication.json")).reports

    assert found.statuses == ("urgent",)
    assert [(party.role, party.person) for party in found.parties] == [
        ("sender", "C. Kleintje, kinderarts, Ziekenhuis De Wilgenhof"),
        ("receiver", "Huisartsenpraktijk De Linde"),
    ]
    assert found.attachments[0].filename == "Afspraakbrief"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"valueQuantity": {"value": 5, "comparator": "<", "unit": "mg/l"}}, ("<5", "mg/l")),
        ({"valueString": "Positief"}, ("Positief", "")),
        ({"valueBoolean": False}, ("false", "")),
        ({"valueInteger": 3}, ("3", "")),
        (
            {"valueCodeableConcept": {"coding": [{"code": "A", "display": "Groep A"}]}},
            ("Groep A (A)", ""),
        ),
        (
            {"valueRange": {"low": {"value": 5, "unit": "g"}, "high": {"value": 10, "unit": "g"}}},
            ("5 g – 10 g", ""),
        ),
        (
            {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}},
            ("1 / 128", ""),
        ),
        (
            {"valuePeriod": {"start": "2026-01-01", "end": "2026-01-02"}},
            ("2026-01-01 – 2026-01-02", ""),
        ),
        ({"valueDateTime": "2026-01-01T10:00:00Z"}, ("2026-01-01 10:00:00Z", "")),
    ],
)
def test_every_kind_of_value_is_shown(value, shown):
    result = observed(**value)

    assert (result.value, result.unit) == shown


def test_a_missing_value_says_why():
    result = observed(dataAbsentReason={"coding": [{"code": "masked", "display": "Masked"}]})

    assert (result.value, result.value_term) == ("", "masked")


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("amended", "corrected"),
        ("entered-in-error", "entered_in_error"),
        ("preliminary", "preliminary"),
        ("vreemd", "status_unknown"),
    ],
)
def test_the_status_of_a_result_is_told(status, shown):
    assert observed(status=status).status == shown


def test_ranges_for_others_are_told_but_not_computed():
    ranges = [
        {"low": {"value": 1}, "high": {"value": 2}, "appliesTo": [{"text": "Kinderen"}]},
        {"low": {"value": 3}, "high": {"value": 4}},
    ]

    result = observed(referenceRange=ranges)

    assert (result.low, result.high) == ("", "")
    assert result.reference == "Kinderen: 1 – 2; 3 – 4"


def test_two_patients_are_two():
    people = [
        {"resourceType": "Patient", "identifier": [{"system": BSN, "value": n}]}
        for n in ("999990032", "999990044")
    ]
    document = read(
        {"resourceType": "Bundle", "entry": [{"resource": person} for person in people]}
    )

    assert identity(document.patients) == "several"


def test_a_result_of_another_patient_raises_the_alarm():
    own = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"system": BSN, "value": "999990032"}],
    }
    other = observation(subject={"identifier": {"system": BSN, "value": "999990044"}})

    document = read({"resourceType": "Bundle", "entry": [{"resource": own}, {"resource": other}]})

    assert identity(document.patients) == "several"


def test_an_unknown_modifier_is_a_warning():
    document = read(
        observation(modifierExtension=[{"url": "http://x.example/not", "valueBoolean": True}])
    )

    assert [notice.code for notice in document.notices] == ["modifier_unknown"]


def test_results_that_refer_in_a_circle_are_each_shown_once():
    entries = [
        {
            "resource": observation(
                id=here, code={"text": here}, hasMember=[{"reference": f"Observation/{there}"}]
            )
        }
        for here, there in (("a", "b"), ("b", "a"))
    ]

    document = read({"resourceType": "Bundle", "entry": entries})

    assert [result.name for result in document.results] == ["a", "b"]
    assert [notice.code for notice in document.notices] == ["reference_cycle"]


def test_a_pointer_that_leads_nowhere_is_told():
    document = read(
        {
            "resourceType": "DiagnosticReport",
            "status": "final",
            "result": [{"reference": "Observation/x"}],
        }
    )

    assert document.notices[0].values == {"count": 1}
    assert "Observation/x" in repr(document.reports)


def test_a_document_elsewhere_is_shown_and_not_fetched():
    document = read(
        {
            "resourceType": "DocumentReference",
            "content": [{"attachment": {"url": "https://x.example/a.pdf"}}],
        }
    )

    assert document.notices[0].code == "external_pointer"
    assert not document.attachments


def test_a_refuted_condition_says_so_first():
    found = report(
        {
            "resourceType": "Condition",
            "verificationStatus": {"coding": [{"code": "refuted"}]},
            "code": {"text": "Diabetes"},
            "onsetString": "vorig jaar",
        }
    )

    assert found.sections[0].heading == "Diabetes"
    assert found.sections[0].statuses == ("refuted",)
    assert found.sections[0].items[0].value == "vorig jaar"


def test_a_resource_that_nobody_knows_is_shown_with_its_names():
    found = report(
        {"resourceType": "Nieuw", "gewichtInKg": 68.50, "diep": {"dieper": [{"diepst": "ja"}]}}
    )

    assert [(row.label, row.value, row.depth) for row in found.sections[0].items] == [
        ("gewicht in kg", "68.5", 0),
        ("diep", "", 0),
        ("dieper", "", 1),
        ("diepst", "ja", 2),
    ]


def test_a_large_document_does_not_count_for_the_limits():
    data = base64.b64encode(bytes(6_000_000)).decode()

    [attachment] = report(
        {
            "resourceType": "DocumentReference",
            "content": [{"attachment": {"contentType": "application/pdf", "data": data}}],
        }
    ).attachments

    assert attachment.size == 6_000_000


@pytest.mark.parametrize(
    "content",
    [
        b'{"resourceType": "Observation", "a": ' + b"[" * 100_000,
        b'{"resourceType": "Observation", "a": ' + b'{"a":' * 70 + b"1" + b"}" * 71,
        b'{"resourceType": "Observation", "a": NaN}',
        b'{"resourceType": "Observation", "a": -Infinity}',
        b'{"resourceType": "Observation", "a": 1, "a": 2}',
        b'{"resourceType": "Observation", "a": ' + b"9" * 5000 + b"}",
        b'{"resourceType": ["x"]}',
        b'["resourceType"]',
        b'{"resourceType": "Observation"',
        b"\xff",
        b"",
        b"<Patient/>" + b"<x/>",
    ],
)
def test_nonsense_is_refused(content):
    with pytest.raises(Unreadable):
        fhir.read(content)


def test_odd_shapes_do_not_break_it():
    odd = observation(
        status=["a", {"b": "twee"}],
        code="drie",
        valueQuantity=[4, [5, [{"zes": 6}]]],
        subject=7,
        hasMember="acht",
        component=[[{"negen": 9}]],
        interpretation={"coding": "tien"},
        category=None,
    )

    shown = repr(read(odd))

    assert not [
        word for word in "twee drie 4 5 6 7 acht 9 tien".split() if f"'{word}'" not in shown
    ]
