"""Going over to a new key without losing what the old one keeps."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from boxes.models import Content, Message
from boxes.summary import Summary
from tests.boxes.envelopes import envelope_to
from transports.models import Account

pytestmark = pytest.mark.django_db
NEW_KEY = {"k2": b"2" * 32}


def answer(*words: str) -> dict:
    out = io.StringIO()
    call_command("rotatekeys", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def account() -> Account:
    account = Account(transport="email", host="smtp.example.org")
    account.password, account.secret = "geheim", "tweede"
    account.save()
    return account


def test_contents_and_accounts_go_over_to_the_new_key(settings, john, account):
    Message.objects.receive(john, envelope_to("john", content=b"klein"))
    Message.objects.receive(john, envelope_to("john", content=b"groot " * 100_000))
    old = settings.CONTENT_KEYS
    settings.CONTENT_KEYS = NEW_KEY | old

    facts = answer("content")

    assert facts == {"key": "k2", "resealed": 4, "removable": list(old), "faults": []}
    settings.CONTENT_KEYS = NEW_KEY
    assert {content.read()[:5] for content in Content.objects.all()} == {b"klein", b"groot"}
    account = Account.objects.get()
    assert (account.password, account.secret) == ("geheim", "tweede")


def test_a_patients_number_goes_over_too(settings, john):
    message = Message.objects.receive(john, envelope_to("john"))
    Message.objects.know(message, Summary(bsn="999990019"))
    settings.CONTENT_KEYS = NEW_KEY | settings.CONTENT_KEYS

    answer("content")

    settings.CONTENT_KEYS = NEW_KEY
    assert Message.objects.get().bsn == "999990019"


def test_a_second_rotation_finds_nothing_to_do(settings, john):
    Message.objects.receive(john, envelope_to("john"))
    settings.CONTENT_KEYS = NEW_KEY | settings.CONTENT_KEYS
    answer("content")

    assert answer("content")["resealed"] == 0


def test_one_content_whose_key_is_gone_does_not_stop_the_others(settings, john):
    Message.objects.receive(john, envelope_to("john", content=b"van een verloren sleutel"))
    settings.CONTENT_KEYS = {"k1": b"1" * 32}
    Message.objects.receive(john, envelope_to("john", content=b"van een bekende sleutel"))
    settings.CONTENT_KEYS = NEW_KEY | settings.CONTENT_KEYS

    out = io.StringIO()
    with pytest.raises(CommandError, match="keep every key"):
        call_command("rotatekeys", "content", "--json", stdout=out)

    facts = json.loads(out.getvalue())
    assert facts["resealed"] == 1
    assert facts["removable"] == []
    assert "not in CONTENT_KEYS" in facts["faults"][0]


@pytest.mark.parametrize("kind", ["content", "tokens"])
def test_a_new_key_goes_in_front_of_the_set_kept_in_var(settings, tmp_path, kind):
    name = {"content": "content_keys", "tokens": "token_keys"}[kind]
    settings.DATA_DIR = tmp_path
    path = tmp_path / "secrets" / name
    path.parent.mkdir()
    path.write_text("k1:" + "A" * 43)
    setattr(settings, name.upper(), {"k1": b"\0" * 32})

    key_id = answer(kind, "--new")["key"]

    assert path.read_text().startswith(f"{key_id}:")
    assert path.read_text().endswith(",k1:" + "A" * 43)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_set_that_comes_from_the_environment_is_not_touched(settings, tmp_path):
    settings.DATA_DIR = tmp_path

    with pytest.raises(CommandError, match="environment"):
        call_command("rotatekeys", "content", "--new")


def test_the_older_token_keys_are_named_as_removable(settings):
    old = settings.TOKEN_KEYS
    settings.TOKEN_KEYS = NEW_KEY | old

    assert answer("tokens") == {"key": "k2", "removable": list(old)}
