import base64

import pytest

from viewer.clinical import Text, Unreadable, highest_flag
from viewer.readers import hl7

HEADER = r"MSH|^~\&|LIS|LAB|EPD|PRAKTIJK|20260205143000+0100||ORU^R01|1|P|2.5"
PERSON = "PID|1||999990032^^^NLMINBIZA^NNNLD||Klaver^Sanne||19910314|F"


def message(*lines, header=HEADER):
    return "\r".join([header, *lines]).encode("cp1252")


def report(*lines, **others):
    [found] = hl7.read(message(*lines, **others)).reports
    return found


def observed(rest):
    [result] = report(PERSON, "OBR|1", f"OBX|1|{rest}").results
    return result


def test_a_report_gives_patient_results_and_document(sample):
    document = hl7.read(sample("hl7v2/oru-full.hl7"))

    [found] = document.reports
    [patient] = found.patients
    assert patient.banner_name() == "DUINMEIJER – van der KLAVER, Sanne (S.J.)"
    assert (patient.bsn, patient.birth.iso, patient.sex) == ("999990032", "1991-03-14", "female")
    assert patient.address == ("Tuinstraat 27a", "9999XE Zeewijk", "NL")
    assert found.kind == "laboratory_report"
    assert found.statuses == ("preliminary", "corrected", "partial")
    assert [section.heading for section in found.sections] == [
        "Prenatale screening",
        "Echo-uitslag",
        "HIV Ag/As combo",
    ]
    assert found.attachments[0].content.startswith(b"%PDF-1.3")
    assert found.attachments[0].content_type == "application/pdf"
    assert (found.number("order_number"), found.number("report_number")) == (
        "ZD0012399",
        "26020511",
    )
    assert highest_flag(found.results) == "abnormal"
    assert not document.notices


def test_comments_hang_on_the_result_before_them(sample):
    [found] = hl7.read(sample("hl7v2/oru-full.hl7")).reports

    glucose = next(result for result in found.results if result.name == "Glucose nuchter")
    culture = next(result for result in found.results if result.name == "Urinekweek")
    assert glucose.comments == ("Nuchter volgens opgave patiënte",)
    assert culture.comments[0] == "Uitslag kweek: Escherichia coli, > 10^5 kve/ml."


def test_twins_are_kept_apart(sample):
    [found] = hl7.read(sample("hl7v2/oru-full.hl7")).reports

    lengths = [(result.value, result.about) for result in found.results if result.code == "CRL"]
    assert lengths == [("68", "1"), ("71", "2")]


def test_a_letter_is_shown_as_text(sample):
    [found] = hl7.read(sample("hl7v2/mdm-t02.hl7")).reports

    assert (found.kind, found.title) == ("letter", "Specialistenbrief")
    [text] = found.sections[0].items
    assert isinstance(text, Text)
    assert text.lines[-1] == "Patiënt is geïnformeerd."
    assert found.number("document_number") == "CAR26/00417"


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ("NM|K^Kalium||7.10", "7.10"),
        ("SN|K^Kalium||<^5", "<5"),
        ("SN|K^Kalium||^1^:^128", "1:128"),
        ("CE|K^Kalium||112144000^Bloedgroep A^SCT", "Bloedgroep A (112144000)"),
        ("TS|K^Kalium||20260719", "2026-07-19"),
        ("TS|K^Kalium||202602050815+0100", "2026-02-05 08:15+01:00"),
        ("TS|K^Kalium||20260231", "20260231"),
        ("ST|K^Kalium||zie^onder", "zie^onder"),
        ("ST|K^Kalium||een~twee", "een\ntwee"),
        (r"ST|K^Kalium||10\S\5 \F\ \T\ \R\ \E\ ", r"10^5 | & ~ " + "\\"),
        (r"ST|K^Kalium||\X3C7363726970743E\ ", "<script>"),
        (r"ST|K^Kalium||\Zlokaal\ \C2842\ ", r"\Zlokaal\ \C2842" + "\\"),
        (r"ST|K^Kalium||\H\let op\N\ ", "let op"),
    ],
)
def test_a_value_is_shown_as_its_type_means_it(fields, value):
    assert observed(fields).value == value


def test_an_escape_is_decoded_once():
    assert observed(r"ST|K^Kalium||\E\T\E\ ").value == r"\T" + "\\"


@pytest.mark.parametrize(
    ("reference", "low", "high"),
    [
        ("3.5-5.0", "3.5", "5.0"),
        ("<10", "", "10"),
        (">50", "50", ""),
        ("negatief", "", ""),
        ("-2 - 2", "-2", "2"),
    ],
)
def test_a_range_is_taken_apart_only_where_it_is_one(reference, low, high):
    result = observed(f"NM|K^Kalium||4|mmol/l|{reference}")

    assert (result.low, result.high, result.reference) == (low, high, reference)


@pytest.mark.parametrize(
    ("flags", "flag"),
    [
        ("L", "low"),
        ("H~A", "high"),
        ("HH", "critical_high"),
        ("<", "critical_low"),
        ("N", "normal"),
        ("S", "susceptible"),
        ("?", "marked"),
        ("", ""),
    ],
)
def test_the_gravest_flag_leads(flags, flag):
    assert observed(f"NM|K^Kalium||4|mmol/l||{flags}").flag == flag


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("F", "final"),
        ("C", "corrected"),
        ("D", "withdrawn"),
        ("W", "entered_in_error"),
        ("P", "preliminary"),
        ("X", "cancelled"),
    ],
)
def test_the_status_of_a_result_is_told(code, status):
    assert observed(f"NM|K^Kalium||4|mmol/l|||||{code}").status == status


def test_a_deleted_value_says_so():
    result = observed('NM|K^Kalium||""|mmol/l')

    assert (result.value, result.value_term) == ("", "delete")


def test_a_batch_is_several_messages():
    two = "PID|1||999990044^^^NLMINBIZA^NNNLD||Zandstraten^P||19581102|M"
    content = (
        b"\x0bFHS|^~\\&|x\rBHS|^~\\&|x\r"
        + message(PERSON)
        + b"\r"
        + message(two)
        + b"\rBTS|2\rFTS|1\x1c\r"
    )

    document = hl7.read(content)

    assert [patient.bsn for patient in document.patients] == ["999990032", "999990044"]
    assert [notice.code for notice in document.notices] == ["several_messages"]


def test_two_patients_in_one_message_are_two_reports():
    two = "PID|2||999990044^^^NLMINBIZA^NNNLD||Zandstraten^P"

    reports = hl7.read(message(PERSON, "OBR|1|||A^Een", two, "OBR|1|||B^Twee")).reports

    assert [one.sections[0].heading for one in reports] == ["Een", "Twee"]


def test_two_numbers_of_one_patient_both_stay():
    [patient] = report("PID|1||999990032^^^NLMINBIZA~999990044^^^NLMINBIZA||Klaver").patients

    assert patient.bsns == ("999990032", "999990044")


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_any_line_end_will_do(end):
    assert len(hl7.read(end.join([HEADER, PERSON, "OBX|1|NM|K||4"]).encode()).results) == 1


def test_an_unescaped_line_end_in_a_text_is_kept():
    [text] = report(PERSON, "OBX|1|TX|B^Brief||eerste\ntweede regel").sections[0].items

    assert text.lines == ("eerste", "tweede regel")


def test_html_in_base64_becomes_an_attachment():
    data = base64.b64encode(b"<script>alert(1)</script>").decode()

    found = report(PERSON, f"OBX|1|ED|R^Rapport||x^TEXT^HTML^Base64^{data}")

    [attachment] = found.attachments
    assert (attachment.content_type, attachment.content) == (
        "text/html",
        b"<script>alert(1)</script>",
    )


def test_a_large_document_does_not_count_for_the_limits():
    data = base64.b64encode(bytes(5_000_000)).decode()

    [attachment] = report(PERSON, f"OBX|1|ED|R^Rapport||^AP^PDF^Base64^{data}").attachments

    assert attachment.size == 5_000_000


def test_a_document_that_cannot_be_decoded_is_kept_and_told():
    document = hl7.read(message(PERSON, "OBX|1|ED|R^Rapport||^AP^PDF^Base64^!!geen base64!!"))

    assert document.attachments[0].content == b"!!geen base64!!"
    assert document.notices[0].code == "file_unreadable"


def test_a_pointer_is_shown_and_told():
    document = hl7.read(message(PERSON, "OBX|1|RP|R^Rapport||https://x.example/1^app^AP^PDF"))

    assert document.reports[0].sections[0].items[0].value == "https://x.example/1 app AP PDF"
    assert document.notices[0].code == "external_pointer"


def test_unknown_segments_and_fields_are_kept():
    document = hl7.read(message(PERSON + "|||||||||||||||||||vreemd", "ZXX|1|lokaal^ding"))

    [found] = document.reports
    assert [row.value for row in found.rest] == ["vreemd"]
    assert found.sections[-1].items[0].rows == (("ZXX", "1", "lokaal^ding"),)


def test_a_test_message_says_so():
    assert report(PERSON, header=HEADER.replace("|P|", "|T|")).statuses == ("test",)


@pytest.mark.parametrize(
    "content",
    [
        b"MSH|||||",
        b"MSH<^~\\&<LIS",
        b"MSH|abcd|",
        b"MSH|^^^^|",
        b"MSH",
        b"MSH|^~|",
        b"Beste collega",
        b"PID|1",
        b"\r\n\r\n",
        b"MSH|^~\\&|" + b"x\rOBX|" * 20_001,
        b"MSH|^~\\&|" + b"~" * 2_001,
        b"MSH|^~\\&|\rNTE|1||" + b"\\.sp999\\" * 1000,
        b"MSH|^~\\&|" + b"x " * 1_100_000,
    ],
)
def test_what_is_too_much_or_no_hl7_is_refused(content):
    with pytest.raises(Unreadable):
        hl7.read(content)


def test_hostile_separators_never_slow_the_search():
    assert hl7.read(message(PERSON, "NTE|1||" + "\\" * 60_000)).reports
