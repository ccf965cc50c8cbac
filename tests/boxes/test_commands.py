"""The commands that operators and scripts use."""

import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.utils.timezone import now

from boxes.key_sets import parse_key_set
from boxes.models import Access, ApiKey, Box, LogEntry, LogSeal, Organization, User

pytestmark = pytest.mark.django_db


def answer(*words: str) -> dict:
    """What a command prints with --json: one line, no more."""
    out = io.StringIO()
    call_command(*words, "--json", stdout=out)
    [line] = out.getvalue().splitlines()
    return json.loads(line)


def spoken(*words: str) -> str:
    """What a command says to a person."""
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_a_box_is_made_with_its_organization():
    facts = answer("createbox", "jill", "--organization", "De Linde", "--display-name", "Jill J.")

    assert facts == {"name": "jill", "displayName": "Jill J.", "organization": "De Linde"}
    assert Box.objects.get(name="jill").organization.name == "De Linde"


@pytest.mark.parametrize(
    ("name", "said"), [("Jill", "lowercase"), ("api", "reserved"), ("john", "already exists")]
)
def test_a_box_that_cannot_be_is_refused_with_a_sentence_and_leaves_nothing(john, name, said):
    with pytest.raises(CommandError, match=said):
        call_command("createbox", name, "--organization", "Nieuw")

    assert list(Box.objects.values_list("name", flat=True)) == ["john"]
    assert not Organization.objects.filter(name="Nieuw").exists()


def test_a_key_is_printed_once_with_its_secret_and_opens_what_was_asked(john, jill):
    facts = answer(
        *("createapikey", "--organization", "De Linde", "--label", "EPD"),
        *("--box", "john:read,send", "--box", "jill:deliver"),
    )

    key = ApiKey.objects.get(key_id=facts["key"])
    assert key.has_secret(facts["secret"])
    assert facts["secret"] not in key.secret_hash
    assert facts["token"] == facts["key"] + facts["secret"]
    assert facts["token"].isalnum()
    assert [john.allows(key, right) for right in ("read", "send", "deliver")] == [1, 1, 0]
    assert [jill.allows(key, right) for right in ("read", "send", "deliver")] == [0, 0, 1]


@pytest.mark.parametrize(
    ("box", "more", "said"),
    [
        ("nobody:read", [], "no box “nobody”"),
        ("john:fly", [], "“fly” is no right"),
        ("john", [], "NAME:RIGHT"),
        ("john:read", ["--network", "10.0.0.0/33"], "not a network"),
    ],
)
def test_a_key_that_cannot_be_leaves_nothing(john, box, more, said):
    with pytest.raises(CommandError, match=said):
        call_command("createapikey", "--organization", "Nieuw", "--box", box, *more)

    assert not ApiKey.objects.exists()
    assert not Organization.objects.filter(name="Nieuw").exists()


def test_a_key_may_expire_and_be_held_to_a_network(john):
    facts = answer(
        *("createapikey", "--organization", "De Linde", "--box", "john:read"),
        *("--days", "30", "--network", "192.0.2.0/24"),
    )

    key = ApiKey.objects.get(key_id=facts["key"])
    assert key.may_come_from("192.0.2.9")
    assert not key.may_come_from("198.51.100.9")
    assert (key.expires_at - key.created_at).days in (29, 30)


def signed_in(password: str) -> User | None:
    """Anna, when this is her password."""
    request = RequestFactory().post("/admin/login/")
    return authenticate(request, username="anna", password=password)


def test_a_user_can_sign_in_with_the_password_that_was_printed():
    facts = answer("createuser", "anna", "--organization", "De Linde", "--staff")

    user = signed_in(facts["password"])
    assert user is not None
    assert user.is_staff
    assert not user.is_superuser
    assert user.organization.name == "De Linde"


def test_an_auditor_is_made_who_can_open_the_admin():
    answer("createuser", "anna", "--auditor")

    anna = User.objects.get()
    assert anna.auditor and anna.is_staff and not anna.is_superuser


def test_a_password_can_come_from_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("paard batterij nietje\n"))

    assert answer("createuser", "anna", "--password-stdin")["password"] is None
    assert signed_in("paard batterij nietje")


def test_a_weak_password_is_refused(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("12345\n"))

    with pytest.raises(CommandError):
        call_command("createuser", "anna", "--password-stdin")
    assert not User.objects.exists()


def test_a_right_is_added_to_what_a_user_had(john):
    User.objects.create_user("anna")
    answer("grant", "anna", "john", "read")

    facts = answer("grant", "anna", "john", "send")

    assert facts["rights"] == ["read", "send"]
    assert Access.objects.get().user.username == "anna"
    assert LogEntry.objects.filter(action="change", box_name="john").count() == 2


def test_a_right_on_an_access_that_had_ended_lets_it_begin_anew_and_says_so(john):
    anna, past = User.objects.create_user("anna"), now() - timedelta(days=1)
    begun = past - timedelta(days=9)
    Access.objects.create(box=john, user=anna, read=True, since=begun, until=past, given_by="Marga")

    said = spoken("grant", "anna", "john", "send")

    assert "may now read, send in john. That access had ended; it begins anew" in said
    access = Access.objects.get()
    assert (access.until, access.given_by) == (None, "") and access.since > past
    assert Box.objects.open_to(anna).exists()
    assert LogEntry.objects.get(action="change").detail == "anna may anew send"


@pytest.mark.parametrize(
    ("since", "until", "words"), [(1, None, " It begins on "), (-1, 1, " It ends on ")]
)
def test_a_right_within_a_period_says_the_period(john, since, until, words):
    anna, day = User.objects.create_user("anna"), timedelta(days=1)
    period = {"since": now() + since * day, "until": until and now() + until * day}
    Access.objects.create(box=john, user=anna, read=True, **period)

    assert words in spoken("grant", "anna", "john", "send")
    assert Access.objects.get().until == period["until"]


def test_nobody_and_nowhere_get_no_right(john):
    User.objects.create_user("anna")

    with pytest.raises(CommandError, match="no user “bob”"):
        call_command("grant", "bob", "john", "read")
    with pytest.raises(CommandError, match="no box “nowhere”"):
        call_command("grant", "anna", "nowhere", "read")


def test_an_untouched_log_is_proved_whole(settings, john):
    settings.LOG_SEAL_AFTER = 0
    answer("createbox", "klaas")
    LogSeal.objects.seal()

    facts = answer("verifylog")

    assert facts["faults"] == []
    assert facts["head"] == LogSeal.objects.get().digest


def test_a_changed_log_fails_the_command(settings, john):
    settings.LOG_SEAL_AFTER = 0
    answer("createbox", "klaas")
    LogSeal.objects.seal()
    LogEntry.objects.all().delete()  # the suite's database lets this pass

    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verifylog", "--json", stdout=out)
    assert json.loads(out.getvalue())["faults"]


def test_a_new_key_is_one_that_the_settings_read():
    [(key_id, key)] = parse_key_set("TOKEN_KEYS", answer("newkey")["key"]).items()

    assert key_id.startswith("k")
    assert len(key) == 32
