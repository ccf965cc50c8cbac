import json

import pytest

from viewer.clinical import Row, Text, Unreadable
from viewer.readers import formidable


def document(data):
    return formidable.read(json.dumps(data).encode())


def items(data):
    return [item for section in document(data).reports[0].walk() for item in section.items]


def test_an_instance_gives_title_steps_answers_and_files(sample):
    found = formidable.read(sample("formidable/full-instance.json"))

    [report] = found.reports
    assert report.title == "Aanmelding verloskundigenpraktijk"
    assert [moment.meaning for moment in report.moments] == ["created", "submitted"]
    assert [section.heading for section in report.sections[0].sections] == [
        "Uw gegevens",
        "Zwangerschap",
        "Bijlagen",
    ]
    answers = {
        item.label: item
        for section in report.walk()
        for item in section.items
        if isinstance(item, Row)
    }
    assert (answers["Klachten"].value, answers["Klachten"].raw) == (
        "Misselijkheid, Moeheid",
        "misselijkheid, moeheid",
    )
    assert answers["Rookt u?"].value_term == "no"
    assert answers["Gewicht (kg)"].value == "68.5"
    assert answers["Opmerkingen"].value_term == "not_filled"
    [text] = [item for section in report.walk() for item in section.items if isinstance(item, Text)]
    assert text.lines[1] == "levothyroxine 50 µg"
    assert report.attachments[0].content == b"Verwijsbrief huisarts (fictie)"


@pytest.mark.parametrize("name", ["simple-flat", "nested-sections", "full-instance"])
def test_the_patient_is_marked_as_filled_in_by_hand(sample, name):
    found = formidable.read(sample(f"formidable/{name}.json"))

    [patient] = found.patients
    assert patient.from_form and patient.bsn and patient.birth.iso
    assert [notice.code for notice in found.notices] == ["from_form"]


def test_fields_of_two_persons_are_never_combined(sample):
    [patient] = formidable.read(sample("formidable/nested-sections.json")).patients

    assert patient.name_text == "D. Wilgenrijk"
    assert not document({"client": {"bsn": ""}, "ouder": {"naam": "L. Wilgenrijk"}}).patients
    assert not document({"kind": {"naam": "A"}, "ouder": {"geboortedatum": "1990-01-01"}}).patients


def test_an_answer_keeps_what_stands_with_it(sample):
    rows = items(
        {"vragen": [{"key": "a", "label": "Allergie?", "value": "ja", "toelichting": "pinda"}]}
    )

    assert [(row.label, row.value, row.depth) for row in rows] == [
        ("Allergie?", "ja", 0),
        ("toelichting", "pinda", 1),
    ]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"a": "<script>"}, ("a", "<script>", "")),
        ({"a": True}, ("a", "true", "yes")),
        ({"a": None}, ("a", "", "not_filled")),
        ({"a": [1, 2.50, "x"]}, ("a", "1, 2.5, x", "")),
        ([{"question": "v", "answer": "w"}], ("v", "w", "")),
        ({"__proto__": "x"}, ("__proto__", "x", "")),
        ([{"type": "hologram", "title": "v", "value": "w"}], ("v", "w", "")),
    ],
)
def test_whatever_the_shape_is_the_answer_is_shown(data, shown):
    [row] = items(data)

    assert (row.label, row.value, row.value_term) == shown


def test_numbers_keep_their_digits():
    [row] = [
        item
        for section in formidable.read(b'{"a": 7.10}').reports[0].walk()
        for item in section.items
    ]

    assert row.value == "7.10"


def test_a_form_in_the_notation_of_a_web_page_is_read():
    found = formidable.read(b"voornaam=Zo%C3%AB&opmerking=a+b")

    assert [row.value for row in found.reports[0].sections[0].items] == ["Zoë", "a b"]
    assert found.notices[-1].code == "form_encoded"


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"a"',
        b"zomaar tekst",
        b"",
        b"[" + b"1," * 60_000 + b"1]",
        b'{"a": "' + b"x " * 1_100_000 + b'"}',
    ],
)
def test_nonsense_is_refused(content):
    with pytest.raises(Unreadable):
        formidable.read(content)
