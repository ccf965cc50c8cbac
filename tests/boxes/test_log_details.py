"""The details of the log in the reader's language: our words change, what is stored does not."""

import pytest
from django.utils.translation import override

from boxes.log_details import detail_words
from boxes.models import LogEntry

TOLD = [
    ("receive", "from delinde", "van delinde"),
    ("moved here", "from john: wrong practice", "van john: wrong practice"),
    ("misdelivered", "moved to jill: moved house", "verplaatst naar jill: moved house"),
    ("remove", "retention", "bewaartermijn van de postbus"),
    ("settle", "2: arrived", "aflevering 2: aangekomen"),
    ("property", "removed zorgpad", "weggehaald: zorgpad"),
    ("view", "page", ""),
    ("sign in", "password, totp", "met een wachtwoord, code van een app"),
    ("sign in", "zorggroep", "zorggroep"),
    ("access by groups", "+read −manage", "+lezen −beheren"),
    ("add", "user ann", "gebruiker ann"),
    ("change", "ann may anew read, send", "ann mag opnieuw: lezen, versturen"),
    ("admin list", "delivery", "afleveringen"),
    ("admin view", "message", "bericht"),
    ("admin add", "user ann: Added.", "gebruiker ann: Toegevoegd."),
    (
        "admin change",
        "user ann: Changed Organization and Superuser status. "
        "Changed Read for access “ann → john”.",
        "gebruiker ann: Organisatie en Supergebruikerstatus gewijzigd. "
        "Lezen voor toegang ‘ann → john’ gewijzigd.",
    ),
    ("admin delete", "API key Lab (abc)", "API-sleutel Lab (abc)"),
    (
        "admin access",
        "ann: nothing from 2026-01-05 23:30 UTC",
        "ann: niets vanaf 6 januari 2026 00:30",
    ),
    (
        "admin access",
        "ann: read, send from 2026-07-05 08:00 UTC until 2026-07-06 08:00 UTC",
        "ann: lezen, versturen van 5 juli 2026 10:00 tot 6 juli 2026 10:00",
    ),
    (
        "admin search log",
        "person user:3, root, box john, since 2026-01-01 00:00: 100 shown, and more",
        "persoon user:3, root, postbus john, vanaf 2026-01-01 00:00: 100 getoond, "
        "en er zijn er meer",
    ),
    ("admin search log", "entry 12", "regel 12"),
    ("admin export log", "everything: whole, 3 entries", "alles: geheel, 3 regels"),
]


@pytest.mark.parametrize(("action", "stored", "told"), TOLD)
def test_words_of_ours_are_told_in_the_language_of_the_reader(action, stored, told):
    entry = LogEntry(action=action, detail=stored)

    with override("nl"):
        assert detail_words(entry) == told
    assert entry.detail == stored


@pytest.mark.parametrize(
    ("outcome", "stored", "told"),
    [
        ("right_missing", "manage", "beheren"),
        ("right_missing", "3 more within the minute", "nog 3 binnen die minuut"),
        ("sign_in_failed", "read", "read"),
        ("sign_in_failed", "12 more within the minute", "nog 12 binnen die minuut"),
    ],
)
def test_the_detail_of_a_refusal_is_told_by_what_was_refused(outcome, stored, told):
    with override("nl"):
        assert detail_words(LogEntry(action="refuse", outcome=outcome, detail=stored)) == told


@pytest.mark.parametrize("name", ["read", "from", "to jill", "50% zeker", "user", ""])
def test_a_name_that_somebody_gave_a_label_is_no_word_of_ours(name):
    with override("nl"):
        assert detail_words(LogEntry(action="property", detail=name)) == name


@pytest.mark.parametrize(
    ("action", "stored"),
    [
        ("admin change", "user ann: Changed Organization and Superuser status."),
        ("admin search log", "person user:3, root, box john: 100 shown, and more"),
        ("access by groups", "+read −manage"),
    ],
)
def test_an_english_reader_is_told_what_is_stored(action, stored):
    with override("en"):
        assert detail_words(LogEntry(action=action, detail=stored)) == stored
