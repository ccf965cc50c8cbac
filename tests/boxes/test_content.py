"""Bytes are stored once, unreadable to whoever holds the database, and come back whole."""

import pytest
from django.db import connection

from boxes import encryption
from boxes.encryption import Undecryptable
from boxes.models import Content, Message
from tests.boxes.envelopes import envelope_to

NEW_KEY = {"new": b"n" * 32}


@pytest.mark.django_db
@pytest.mark.parametrize("plain", [b"", b"kort", b"lang " * 1000, bytes(range(256)) * 3000])
def test_what_was_stored_comes_back(plain):
    content = Content.objects.store(plain)

    assert Content.objects.get(pk=content.pk).read() == plain


@pytest.mark.django_db
def test_the_same_bytes_are_stored_once():
    assert Content.objects.store(b"gelijk").pk == Content.objects.store(b"gelijk").pk


@pytest.mark.django_db
def test_the_database_holds_no_readable_byte_of_it():
    Content.objects.store(b"mevrouw Duinmeijer")

    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM boxes_content")
        [[sealed]] = cursor.fetchall()
    assert b"Duinmeijer" not in bytes(sealed)


@pytest.mark.django_db
def test_large_content_is_an_encrypted_file(content_directory, settings):
    plain = b"foto van mevrouw " * 100_000
    content = Content.objects.store(plain)

    [file] = [path for path in content_directory.rglob("*") if path.is_file()]
    assert content.sealed is None
    assert b"mevrouw" not in file.read_bytes()
    assert b"".join(Content.objects.get().chunks()) == plain
    assert Content.objects.store(plain).pk == content.pk


@pytest.mark.django_db
def test_a_file_that_was_changed_or_cut_is_never_returned(content_directory):
    Content.objects.store(b"0123456789" * 200_000)
    [file] = [path for path in content_directory.rglob("*") if path.is_file()]
    whole = file.read_bytes()

    for harmed in (whole[:-1], whole[: len(whole) // 2], b"", whole[:100] + b"x" + whole[101:]):
        file.write_bytes(harmed)
        with pytest.raises(Undecryptable):
            Content.objects.get().read()


@pytest.mark.django_db
@pytest.mark.parametrize("plain", [b"kort bericht", b"groot " * 100_000])
def test_content_moves_to_a_new_key_and_needs_the_old_one_no_more(settings, plain):
    content = Content.objects.store(plain)
    settings.CONTENT_KEYS = NEW_KEY | settings.CONTENT_KEYS
    content.reseal()
    settings.CONTENT_KEYS = NEW_KEY

    assert Content.objects.get().read() == plain


def test_a_removed_key_says_so(settings):
    sealed = encryption.encrypt(b"geheim", b"account")
    settings.CONTENT_KEYS = NEW_KEY

    with pytest.raises(Undecryptable, match="not in CONTENT_KEYS"):
        encryption.decrypt(sealed, b"account")


def test_what_is_bound_to_one_row_does_not_open_as_another():
    with pytest.raises(Undecryptable):
        encryption.decrypt(encryption.encrypt(b"geheim", b"a"), b"b")


def test_only_content_without_a_reference_is_freed(john, settings, content_directory):
    settings.ORPHAN_CONTENT_AGE = 0
    Message.objects.receive(john, envelope_to("john", content=b"blijft"))
    Content.objects.store(b"verweesd " * 100_000)

    assert Content.objects.free() == 1
    assert Content.objects.get().read() == b"blijft"
    assert not [path for path in content_directory.rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_a_young_orphan_is_left_alone():
    Content.objects.store(b"net binnen")

    assert Content.objects.free() == 0
