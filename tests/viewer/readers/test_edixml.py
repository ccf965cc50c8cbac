from dataclasses import replace

import pytest

from viewer.clinical import Text, Unreadable, highest_flag
from viewer.readers import edixml, read


def report(content):
    [found] = edixml.read(content).reports
    return found


PID = "patientidentificatie"


def person(fields):
    return f"<{PID}>{fields}</{PID}>"


def message(inner, root="MEDVRI_1"):
    return f"<{root}>{inner}</{root}>".encode()


def rows(found):
    return {result.name: result for result in found.results}


def test_a_laboratory_report_gives_patient_results_and_sections(sample):
    found = report(sample("zorgmail-medlab-xml/full-grouped.xml"))

    [patient] = found.patients
    assert patient.banner_name() == "DUINMEIJER – van der KLAVER, Sanne (S.J.)"
    assert (patient.birth.iso, patient.sex, patient.bsn) == ("1991-03-14", "female", "999990032")
    assert found.kind == "laboratory_report" and found.statuses == ("partial", "corrected")
    assert [section.heading for section in found.walk() if section.heading] == [
        "HEMATOLOGIE",
        "KLINISCHE CHEMIE",
        "BLOEDGROEP EN SEROLOGIE",
        "URINE",
    ]
    assert len([result for result in found.results if result.kind == "result"]) == 41
    assert highest_flag(found.results) == "abnormal"


def test_a_result_has_all_its_fields_in_one_row(sample):
    potassium = rows(report(sample("zorgmail-medlab-xml/full-grouped.xml")))["Kalium"]

    assert (potassium.value, potassium.unit, potassium.low, potassium.high) == (
        "3.4",
        "mmol/l",
        "3.5",
        "5.0",
    )
    assert (potassium.flag, potassium.code, potassium.changed) == ("low", "K    B", True)
    assert potassium.comments[1] == "Nieuw afgenomen monster 05-02-2026."
    assert potassium.at.iso == "2026-02-05T08:15:00+01:00"


def test_a_mark_without_a_direction_says_abnormal(sample):
    antibodies = rows(report(sample("zorgmail-medlab-xml/full-grouped.xml")))[
        "Irregulaire antistoffen"
    ]

    assert (antibodies.flag, antibodies.flag_received, antibodies.severity) == (
        "abnormal",
        "!",
        "abnormal",
    )
    assert "*" not in antibodies.comments


def test_what_is_still_to_come_stands_in_its_own_section(sample):
    found = report(sample("zorgmail-medlab-xml/full-grouped.xml"))

    [pending] = [section for section in found.walk() if section.term == "pending_tests"]
    assert [result.name for result in pending.results] == ["HIV Ag/As combo", "Rubella IgG"]
    assert pending.results[0].comments == ("Uitslag volgt binnen 2 werkdagen",)


@pytest.mark.parametrize("name", ["simple-flat", "engine-style-segments"])
def test_three_forms_of_one_report_tell_the_same(sample, name):
    from_edifact = read("application/edifact", sample("edifact/medlab-simple.edi")).reports[0]
    found = report(sample(f"zorgmail-medlab-xml/{name}.xml"))

    assert found.patients[0].banner_name() == from_edifact.patients[0].banner_name()
    assert found.patients[0].birth.iso == from_edifact.patients[0].birth.iso
    for one, other in zip(found.results, from_edifact.results, strict=True):
        assert replace(one, at=None, kind="") == replace(other, at=None, kind="")


def test_a_letter_keeps_its_lines_and_its_conclusion(sample):
    found = report(sample("zorgmail-medspe-xml/full.xml"))

    letter, conclusion = found.sections
    assert letter.items[0].lines[:3] == (
        "Geachte collega,",
        "",
        "Op 28 januari 2026 zagen wij bovengenoemde patiënt op de polikliniek",
    )
    assert conclusion.term == "conclusion"
    assert conclusion.items[0].lines[-1] == "Diabetes mellitus type 2, matig gereguleerd."
    assert [(party.role, party.person) for party in found.parties][:2] == [
        ("addressed", "drs. M. Korenblom"),
        ("specialist", "Dr. B. Hartslag"),
    ]


def test_a_free_message_in_latin_is_read(sample):
    found = report(sample("zorgmail-medvri-xml/full.xml"))

    assert found.patients[0].banner_name() == "van 't HOOFT – BRUÏNSMA, Zoë (Z.)"
    assert isinstance(found.sections[0].items[0], Text)
    assert (
        found.sections[0].items[0].lines[-1] == "P.S. kosten: < 50% + eigen bijdrage & reiskosten."
    )


def test_a_nipt_request_names_its_patient_and_keeps_the_answers(sample):
    found = report(sample("zorgmail-mednip-xml/simple.xml"))

    assert found.kind == "nipt_request" and found.statuses == ("test",)
    assert found.patients[0].banner_name() == "van der KLAVER (S.J.)"
    assert found.patients[0].bsn == "999990032"
    answers = {row.label: row for section in found.walk() for row in section.items}
    assert answers["Gewicht in kg"].value == "68.5"
    assert answers["Amnioniciteit"].value_term == "no_information"


def test_an_edi_name_leads_whatever_the_element_is_called():
    found = report(
        b'<MEDLAB_1><vreemd EDI-name="BEP"><vreemd.bepaling>Hb</vreemd.bepaling>'
        b"<vreemd.uitslag>7,10</vreemd.uitslag></vreemd></MEDLAB_1>"
    )

    [result] = found.results
    assert (result.name, result.value) == ("Hb", "7,10")


def test_what_no_rule_knows_is_kept_with_its_name():
    found = report(
        b'<MEDLAB_1 los="ja"><raar>een</raar><bepaling EDI-name="BEP">'
        b"<bepaling.bepaling>Hb</bepaling.bepaling><bepaling.kleur>blauw</bepaling.kleur></bepaling><blok><blok.x>twee</blok.x></blok></MEDLAB_1>"
    )

    assert {(row.label, row.value) for row in found.rest} == {
        ("los", "ja"),
        ("raar", "een"),
        ("bepaling.kleur", "blauw"),
    }
    assert found.sections[-1].items[0].value == "twee"


def test_a_password_of_the_envelope_is_never_shown():
    name = b"envelope.applicationpassword"
    content = b"<MEDVRI_1><envelope><%s>geheim</%s></envelope></MEDVRI_1>" % (name, name)

    assert "geheim" not in repr(report(content))


def test_two_patients_stay_two():
    numbers = ["999990032", "999990044"]
    persons = "".join(
        person(f"<{PID}.identificatienummer2>BSN{n}</{PID}.identificatienummer2>") for n in numbers
    )

    assert [patient.bsn for patient in report(message(persons)).patients] == numbers


def test_markup_in_a_field_is_only_text():
    found = report(
        b"<MEDLAB_1><bepaling><bepaling.eenheid>&lt;script&gt;</bepaling.eenheid></bepaling></MEDLAB_1>"
    )

    assert found.results[0].unit == "<script>"


def test_a_bad_number_sex_and_birth_date_are_shown_as_received():
    [patient] = report(
        message(
            person(
                f"<{PID}.geboortedatum>2001-02-31</{PID}.geboortedatum><{PID}.geslacht>7</{PID}.geslacht>"
                f"<{PID}.identificatienummer2>BSN999990033</{PID}.identificatienummer2>"
            )
        )
    ).patients

    assert (patient.birth.received, patient.birth.iso) == ("2001-02-31", "")
    assert (patient.sex, patient.sex_received) == ("", "7")
    assert patient.bsn == "999990033" and not patient.bsn_passes


def test_of_twenty_thousand_results_the_first_five_thousand_are_shown():
    one = "<bepaling><bepaling.bepaling>Hb</bepaling.bepaling></bepaling>"

    found = read("application/vnd.edi.medlab+xml", message(one * 20_000, "MEDLAB_1"))

    assert len(found.results) == 5_000
    assert found.notices[-1].code == "truncated"
    assert found.notices[-1].values == {"shown": 5_000, "total": 20_000}


def test_no_xml_at_all_is_unreadable():
    with pytest.raises(Unreadable):
        edixml.read(b"UNB+UNOA:1'")


def test_sender_and_receiver_of_the_carrier_stand_once_with_all_their_addresses(sample):
    found = report(sample("zorgmail-medlab-xml/full-grouped.xml"))

    [sender] = [party for party in found.parties if party.role == "from"]
    assert [row.term for row in sender.identifiers] == ["email_address", "mailbox"]
