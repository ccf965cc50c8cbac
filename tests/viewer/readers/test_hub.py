import pytest

from viewer.clinical import NamePart, Row, Text, Unreadable
from viewer.readers import hub


def report(content):
    [found] = hub.read(content).reports
    return found


def resource(*values, kind="consult"):
    inner = "".join(f"<value {value}/>" for value in values)
    return (
        f'<resource type="hub/dossier"><sections><section type="{kind}" id="1">'
        f"<values>{inner}</values></section></sections></resource>"
    ).encode()


def shown(value):
    [item] = report(resource(value)).sections[0].items
    return item


def test_a_dossier_gives_banner_alert_and_sections(sample):
    found = report(sample("hub-xml/full.xml"))

    [patient] = found.patients
    assert patient.banner_name() == "van 't HOOFT – BRUÏNSMA, Zoë (Z.)"
    assert (patient.bsn, patient.birth.iso) == ("999990056", "1987-07-29")
    assert patient.address == ("Jan van 't Hoffstraat 5 hs", "9999XG Zeewijk", "NLD")
    assert found.alerts[0] == Row(value="LATEXALLERGIE – tolk Turks nodig")
    assert [(party.role, party.person) for party in found.parties] == [
        ("sender", ""),
        ("sender", "M. Ooijevaar"),
        ("practitioner", "M. Ooijevaar"),
        ("partner", "Joris Bruïnsma"),
    ]
    assert found.sections[4].heading == "Laboratorium"


def test_a_twin_is_never_mixed(sample):
    found = report(sample("hub-xml/full.xml"))

    echo = next(section for section in found.sections if section.heading == "Echo")
    assert [(part.term, part.heading, part.items[0].value) for part in echo.sections] == [
        ("about", "1", "68 mm"),
        ("about", "2", "71 mm"),
    ]


def test_two_values_of_one_child_both_stay(sample):
    found = report(sample("hub-xml/public/voorbeeld-meerling.xml"))

    children = next(section for section in found.sections if section.heading == "Kind")
    assert [row.value for row in children.sections[0].items] == ["123456789", "987654321", "Miepje"]


def test_values_that_belong_together_stay_together(sample):
    found = report(sample("hub-xml/full.xml"))

    birth = next(section for section in found.sections if section.heading == "Baring")
    [child] = birth.sections
    assert [[row.value for row in group.items] for group in child.sections] == [
        ["Spinaal", "tijdens uitdrijving"],
        ["Algehele anesthesie", "tijdens sectio"],
    ]


def test_a_long_text_keeps_its_lines(sample):
    found = report(sample("hub-xml/full.xml"))

    [text] = [
        item for section in found.sections for item in section.items if isinstance(item, Text)
    ]
    assert text.lines[-1] == "Groet, Marit <verloskundige>"


def test_the_document_that_came_before_is_read(sample):
    found = report(sample("hub-xml/legacy-forms.xml"))

    assert found.patients[0].birth.iso == "1987-07-29"
    assert found.alerts == (Row(value="Latexallergie"),)
    assert found.sections[1].items[2].value == "2026-07-19"


def test_every_public_example_is_read(sample):
    for letter in "abcd":
        [patient] = report(sample(f"hub-xml/public/voorbeeld-1{letter}.xml")).patients
        assert patient.bsn == "392548480" and not patient.bsn_passes


@pytest.mark.parametrize(
    ("value", "text", "raw"),
    [
        ('concept="peri22-dataelement-10811" value="165747007"', "Rh D Positief", "165747007"),
        ('concept="peri22-dataelement-80738" value="240"', "34+2", "240"),
        ('concept="peri22-dataelement-80738" value="36+2"', "36+2", ""),
        ('concept="peri22-dataelement-80738" value="27w3d"', "27w3d", ""),
        (
            'concept="peri22-dataelement-80737" value="1770112800"',
            "2026-02-03 11:00:00+01:00",
            "1770112800",
        ),
        ('concept="peri22-dataelement-10040" value="-86400"', "1969-12-31", "-86400"),
        ('concept="peri22-dataelement-10040" value="19870729"', "1987-07-29", "19870729"),
        ('concept="peri22-dataelement-20010" value="1234567888"', "1234567888", ""),
        ('concept="peri22-dataelement-80833" value="118"', "118 mm Hg", ""),
        ('concept="x" value="1" displayValue="een"', "een", "1"),
        ('concept="x" value="&lt;b&gt;"', "<b>", ""),
    ],
)
def test_a_value_is_shown_in_words_with_what_was_received(value, text, raw):
    item = shown(value)

    assert (item.value, item.raw) == (text, raw)


@pytest.mark.parametrize(
    ("value", "term"), [("TRUE", "yes"), ("True", "yes"), ("ja", "yes"), ("0", "no"), ("x", "")]
)
def test_yes_and_no_only_where_the_concept_is_one(value, term):
    assert shown(f'concept="peri22-dataelement-80614" value="{value}"').value_term == term
    assert shown(f'concept="peri22-dataelement-20010" value="{value}"').value_term == ""


def test_an_empty_value_is_empty_and_never_no():
    assert shown('concept="peri22-dataelement-80614" value=""').value_term == "empty"


def test_a_concept_that_nobody_knows_is_shown_by_its_code():
    document = hub.read(resource('concept="peri22-dataelement-99999" value="1"'))

    assert document.reports[0].sections[0].items[0].label == "peri22-dataelement-99999"
    assert document.notices[0].values == {"count": 1}


def test_contacts_stand_in_the_order_of_their_dates():
    sections = "".join(
        f'<section type="consult" id="{n}" label="{n}" effectStamp="2026-0{n}-01"/>'
        for n in (3, 1, 2)
    )

    found = report(f"<resource><sections>{sections}</sections></resource>".encode())

    assert [section.heading for section in found.sections] == ["1", "2", "3"]


def test_sections_and_values_without_their_wrappers_are_read():
    found = report(
        b'<resource><section type="consult"><value concept="x" value="1"/></section></resource>'
    )

    assert found.sections[0].items[0].value == "1"


def test_two_clients_are_two_patients():
    one = '<section type="client"><value concept="peri22-dataelement-10030" value="{}"/></section>'

    found = report(
        f"<resource>{one.format('999990032')}{one.format('999990044')}</resource>".encode()
    )

    assert [patient.bsn for patient in found.patients] == ["999990032", "999990044"]


def test_a_prefix_that_was_sent_twice_is_shown_once():
    assert NamePart("de Vries", "de").shown == "de VRIES"


def test_logos_are_named_and_nothing_more(sample):
    found = report(sample("hub-xml/full.xml"))

    assert "https://logo.example/ooievaarsnest.png" in [
        row.value for row in found.parties[0].details
    ]


def test_what_is_no_dossier_is_refused():
    with pytest.raises(Unreadable):
        hub.read(b"<other/>")
