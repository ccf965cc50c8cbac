import pytest

from viewer.clinical import Table, Unreadable
from viewer.readers import edifact


def codes(document):
    return [notice.code for notice in document.notices]


def message(*segments, una=""):
    return (una + "".join(f"{segment}'" for segment in segments)).encode()


def test_a_report_gives_patient_parties_and_results(sample):
    document = edifact.read(sample("edifact/medlab-full.edi"))

    [report] = document.reports
    assert report.patients[0].banner_name() == "DUINMEIJER – van der KLAVER, Sanne (S.J.)"
    assert report.patients[0].telephones == ("06-55500101",)
    assert [(party.role, party.person or party.organization) for party in report.parties][:2] == [
        ("laboratory", "Streeklab Duinrand"),
        ("requester", "drs. M. Korenblom"),
    ]
    assert len([result for result in report.results if result.kind == "result"]) == 41
    assert report.moments[0].iso == "2026-02-05T14:30"
    assert not document.notices


def test_every_sample_is_read_without_a_warning_but_the_unknown_layout(sample):
    names = "medlab-simple medrad-simple medrpt32-simple medspe1-full medspe31-simple"
    for name in f"{names} medvri-full medvry31-simple".split():
        document = edifact.read(sample(f"edifact/{name}.edi"))

        assert not document.notices, name
        assert document.patients[0].family_name, name
        assert document.patients[0].birth.iso, name
        assert not document.reports[0].rest, name


def test_escaped_characters_come_back(sample):
    [report] = edifact.read(sample("edifact/medvri-full.edi")).reports

    assert (
        report.sections[0].items[0].lines[-1]
        == "P.S. kosten: 50% + eigen bijdrage (+ reiskosten?) - zie 'folder'."
    )
    assert report.patients[0].address[0] == "Jan van 't Hoffstraat 5 hs"


def test_a_terminator_after_an_escaped_escape_ends_the_segment():
    [report] = edifact.read(
        message("UNH+1+MEDVRI:1", "TXT:1+Waarom??", "TXT:2+Daarom", "UNT+4+1")
    ).reports

    assert report.sections[0].items[0].lines == ("Waarom?", "Daarom")


def test_an_unescaped_colon_or_plus_is_not_lost():
    [report] = edifact.read(message("UNH+1+MEDVRI:1", "TXT:1+RR: 120+80:", "UNT+3+1")).reports

    assert report.sections[0].items[0].lines == ("RR: 120+80",)


def test_a_bare_message_is_read(sample):
    document = edifact.read(sample("edifact/medvri-bare-no-envelope.edi"))

    assert document.reports[0].patients[0].bsn == "999990044"
    assert not document.notices


def test_the_letter_of_the_nineties_is_read(sample):
    [report] = edifact.read(sample("edifact/medspe31-simple.edi")).reports

    assert report.kind == "specialist_letter"
    assert report.patients[0].birth.iso == "1958-11-02"
    assert report.patients[0].address == ("Havenkade 118", "9999XF Zeewijk")
    assert report.sections[0].items[0].lines[:3] == (
        "Geachte collega,",
        "",
        "Op 28 januari 2026 zagen wij bovengenoemde patiënt op de polikliniek",
    )


def test_the_un_laboratory_report_is_read(sample):
    [report] = edifact.read(sample("edifact/medrpt32-simple.edi")).reports

    assert report.patients[0].bsn == "999990032"
    assert report.patients[0].banner_name() == "DUINMEIJER – van der KLAVER (S.J.)"
    assert [(r.name, r.value, r.low, r.high, r.flag) for r in report.results] == [
        ("Hemoglobine", "6.4", "7.5", "10.0", "low"),
        ("Kalium", "3,4", "3,5", "5,0", "low"),
        ("Irregulaire antistoffen", "Positief", "", "", "abnormal"),
    ]
    assert report.results[1].comments[1] == "Monster was hemolytisch."
    assert report.statuses == ("corrected",)
    assert report.results[0].at.iso == "2026-02-05T08:15"


def test_an_unpublished_layout_is_shown_segment_by_segment(sample):
    document = edifact.read(sample("edifact/medrec-unknown-layout.edi"))

    [report] = document.reports
    assert codes(document) == ["unknown_layout"]
    assert report.kind == "prescription" and report.patients[0].bsn == "999990044"
    [table] = report.sections[0].items
    assert isinstance(table, Table)
    assert table.rows[0] == ("REC:1", "Metformine tablet 500 mg", "60", "2D1T")


def test_two_messages_in_one_interchange_are_two_reports():
    one = ["UNH+1+MEDVRI:1", "PID+1990:01:01+M+Een+1+BSN999990032", "UNT+3+1"]
    two = ["UNH+2+MEDVRI:1", "PID+1990:01:01+M+Twee+1+BSN999990044", "UNT+3+2"]

    document = edifact.read(message("UNB+UNOA:1+1+2+260101:1200+9", *one, *two, "UNZ+2+9"))

    assert [report.patients[0].bsn for report in document.reports] == ["999990032", "999990044"]
    assert codes(document) == ["several_messages"]
    assert all(report.number("interchange_number") == "9" for report in document.reports)


@pytest.mark.parametrize("una", ["UNA:+.? '", "UNA:+ ? '", "UNA:+.?'", "UNA:+.?*'"])
def test_every_known_way_to_declare_separators_works(una):
    document = edifact.read(
        message("UNB+UNOA:1+1+2", "UNH+1+MEDVRI:1", "TXT+a?+b", "UNT+3+1", "UNZ+1+9", una=una)
    )

    assert document.reports[0].sections[0].items[0].lines == ("a+b",)
    assert not document.notices


def test_other_separators_are_used_when_declared():
    document = edifact.read(b"UNA|^.!_~UNH^1^MEDVRI|1~TXT^a!^b~UNT^3^1~")

    assert document.reports[0].sections[0].items[0].lines == ("a^b",)


@pytest.mark.parametrize("una", ["UNA''''''", "UNAabcdef", "UNA:+.+ '", "UNA:+.  '", "UNA:+.? \n"])
def test_separators_that_cannot_be_right_are_replaced_and_told(una):
    document = edifact.read(message("UNH+1+MEDVRI:1", "TXT+tekst", "UNT+3+1", una=una))

    assert document.reports[0].sections[0].items[0].lines == ("tekst",)
    assert "separators" in codes(document)


def test_a_message_that_breaks_off_shows_what_came():
    document = edifact.read(b"UNB+UNOA:1+1+2'UNH+1+MEDVRI:1'TXT+eerste'TXT+twee")

    assert document.reports[0].sections[0].items[0].lines == ("eerste", "twee")
    assert set(codes(document)) == {"cut_off", "no_end"}


def test_a_wrong_count_or_reference_is_told_and_nothing_else():
    document = edifact.read(message("UNH+1+MEDVRI:1", "TXT+a", "UNT+99+7"))

    assert set(codes(document)) == {"wrong_count", "wrong_reference"}


def test_a_missing_last_terminator_is_fine():
    assert not edifact.read(message("UNH+1+MEDVRI:1", "UNT+2+1").rstrip(b"'")).notices


def test_a_test_message_says_so():
    document = edifact.read(
        message("UNB+UNOA:1+1+2+260101:1200+9++++++1", "UNH+1+MEDVRI:1", "UNT+2+1", "UNZ+1+9")
    )

    assert document.reports[0].statuses == ("test",)


def test_unknown_segments_are_kept_and_counted():
    document = edifact.read(message("UNH+1+MEDLAB:1", "XYZ:1+raar:ding", "UNT+3+1"))

    assert document.notices[0].values == {"count": 1}
    assert document.reports[0].sections[-1].items[0].rows == (("XYZ:1", "raar:ding"),)


def test_dutch_letters_are_read_in_either_encoding():
    text = "UNH+1+MEDVRI:1'TXT+patiënt €'UNT+3+1'"

    for encoding in ("utf-8", "cp1252"):
        [report] = edifact.read(text.encode(encoding)).reports
        assert report.sections[0].items[0].lines == ("patiënt €",)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"Beste collega", "not_this_type"),
        (b"", "no_content"),
        (b"UNH+1'" + b"X'" * 20_001, "too_many_parts"),
        (b"UNH" + b"+" * 200_000 + b"'", "too_many_parts"),
        (b"UNH" + b":" * 200_000 + b"'", "too_many_parts"),
        (b"UNB" + b"x" * 1024 * 1024, "too_large"),
    ],
)
def test_what_is_too_much_or_no_edifact_is_refused(content, code):
    with pytest.raises(Unreadable) as refused:
        edifact.read(content)

    assert refused.value.code == code
