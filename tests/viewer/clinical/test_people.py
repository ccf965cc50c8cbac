import pytest

from viewer.clinical import Moment, NamePart, Patient, Row, eleven_proof, identity

KLAVER = Patient(
    surnames=(NamePart("Duinmeijer"), NamePart("Klaver", "van der", "own")),
    given="Sanne",
    initials="S.J.",
    birth=Moment("birth", "1991:03:14", "1991-03-14"),
    sex="female",
    bsn="999990032",
)


def test_the_banner_starts_with_the_family_name_in_capitals():
    assert KLAVER.banner_name("mw.") == "DUINMEIJER – van der KLAVER, Sanne (mw. S.J.)"


def test_a_name_that_was_sent_whole_is_shown_as_it_is():
    assert Patient(name_text="Test Patient").banner_name() == "Test Patient"


@pytest.mark.parametrize("bsn", ["999990032", "999990044", "111222333"])
def test_a_well_formed_bsn_passes(bsn):
    assert eleven_proof(bsn)


@pytest.mark.parametrize(
    "bsn", ["392548480", "999990033", "000000000", "99999003", "١٢٣٤٥٦٧٨٩", "", "9" * 5000]
)
def test_a_malformed_bsn_fails(bsn):
    assert not eleven_proof(bsn)


def test_a_bsn_that_lost_its_leading_zero_is_checked_with_it():
    assert eleven_proof("10000008") == eleven_proof("010000008")


def test_a_bsn_is_grouped_without_changing_its_digits():
    assert KLAVER.bsn_grouped == ("9999", "90", "032")
    assert Patient(bsn="9999").bsn_grouped == ("9999",)


def test_the_same_person_twice_is_one():
    assert identity((KLAVER, KLAVER)) == "one"


def test_two_numbers_are_two_persons():
    assert identity((KLAVER, Patient(bsn="999990044"))) == "several"


def test_two_numbers_of_one_person_are_never_one():
    torn = Patient(bsn="999990032", identifiers=(Row(term="bsn", value="999990044"),))

    assert identity((torn,)) == "several"


def test_one_number_with_two_birth_dates_contradicts_itself():
    other = Patient(bsn="999990032", birth=Moment("birth", "19920314", "1992-03-14"))

    assert identity((KLAVER, other)) == "contradictory"


def test_without_numbers_two_names_are_two_persons():
    assert (
        identity(
            (Patient(surnames=(NamePart("Jansen"),)), Patient(surnames=(NamePart("Pieters"),)))
        )
        == "several"
    )


def test_without_patients_there_is_nobody():
    assert identity(()) == "nobody"
