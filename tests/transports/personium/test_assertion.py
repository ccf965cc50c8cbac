"""The token of a calling cell: what a signature covers, who may sign, and every way around it.

The files in ``signed/`` were made by an XML signature library that we did not write.
"""

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transports.personium.cells import ForeignUnit
from transports.personium.assertion import (
    Assertion,
    BadSignature,
    Expired,
    NoAssertion,
    read_assertion,
    read_roots,
)

SIGNED = Path(__file__).parent / "signed"
MOMENT = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
ROOTS = read_roots(str(SIGNED / "authority.pem"))
REFUSALS = (NoAssertion, BadSignature, Expired)
SOUND = (SIGNED / "exclusive.xml").read_bytes()


def token_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


@pytest.mark.parametrize("form", ["inclusive", "exclusive"])
def test_what_another_library_signed_is_believed(form):
    content = (SIGNED / f"{form}.xml").read_bytes()

    assert read_assertion(token_of(content), ROOTS, MOMENT) == Assertion(
        issuer="https://other.example/x/",
        subject="https://other.example/x/",
        audience="https://u/b/",
    )
    assert read_assertion(token_of(content).rstrip("="), ROOTS, MOMENT)


def test_what_was_good_once_is_expired():
    with pytest.raises(Expired):
        read_assertion(token_of(SOUND), ROOTS, MOMENT + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"https://u/b/</saml:Audience>", b"https://u/c/</saml:Audience>"),
        (b"<saml:NameID>https://other", b"<saml:NameID>https://evil"),
        (b"T13:00:00.000Z", b"T23:00:00.000Z"),
        (b'ID="_f00"', b'ID="_f01"'),
        (b"  <saml:Subject>", b"  <saml:Subject><saml:Extra/>"),
    ],
)
def test_what_was_changed_after_it_was_signed_is_refused(old, new):
    assert old in SOUND

    with pytest.raises(REFUSALS):
        read_assertion(token_of(SOUND.replace(old, new)), ROOTS, MOMENT)


def test_nobody_is_believed_without_a_root():
    with pytest.raises(BadSignature):
        read_assertion(token_of(SOUND), [], MOMENT)


def test_a_signer_of_another_authority_is_refused(known_unit):
    unit = known_unit

    with pytest.raises(BadSignature):
        read_assertion(unit.token("https://u/b/"), ROOTS, datetime.now(UTC))


def test_a_pinned_certificate_signs_for_itself_and_vouches_for_no_other(known_unit):
    unit, other = known_unit, ForeignUnit("other.example")
    moment = datetime.now(UTC)

    assert read_assertion(unit.token("https://u/b/"), [unit.certificate], moment)
    with pytest.raises(BadSignature):
        read_assertion(other.token("https://u/b/"), [unit.certificate], moment)


@pytest.mark.parametrize(
    "issuer", ["https://another.example/x/", "https://notother.example/x/", "other.example", ""]
)
def test_a_unit_signs_only_for_cells_of_its_own_host(known_unit, issuer):
    unit = known_unit
    token = unit.token("https://u/b/", issuer=issuer or "https:///x/")

    with pytest.raises(BadSignature):
        read_assertion(token, [unit.certificate], datetime.now(UTC))


def test_a_unit_signs_for_cells_with_a_host_of_their_own(known_unit):
    unit = known_unit
    token = unit.token("https://u/b/", issuer="https://cell.other.example/")

    found = read_assertion(token, [unit.certificate], datetime.now(UTC))

    assert found.issuer == "https://cell.other.example/"


def test_an_outdated_certificate_is_refused():
    with pytest.raises(BadSignature):
        read_assertion(token_of(SOUND), ROOTS, datetime(2130, 1, 1, tzinfo=UTC))


def test_a_signed_assertion_inside_another_is_refused():
    """The signature is over what lies inside; what would be read lies around it."""
    forged = (
        b'<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_evil">'
        b"<saml:Issuer>https://other.example/evil/</saml:Issuer>" + SOUND + b"</saml:Assertion>"
    )

    with pytest.raises(REFUSALS):
        read_assertion(token_of(forged), ROOTS, MOMENT)


def test_a_signature_that_covers_something_else_is_refused():
    signature = re.search(rb"<ds:Signature.*</ds:Signature>", SOUND, re.DOTALL)
    forged = SOUND.replace(b'ID="_f00"', b'ID="_evil"').replace(
        signature[0], signature[0] + signature[0]
    )

    with pytest.raises(REFUSALS):
        read_assertion(token_of(forged), ROOTS, MOMENT)


def test_a_comment_cuts_no_name_short():
    forged = SOUND.replace(b"<saml:Issuer>https://", b"<saml:Issuer><!-- x -->https://")

    found = read_assertion(token_of(forged), ROOTS, MOMENT)

    assert found.issuer == "https://other.example/x/"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"TEST",
        b"<a/>",
        b"<!DOCTYPE a [<!ENTITY x 'y'>]>" + SOUND,
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'>" + SOUND,
        re.sub(rb"<ds:Signature.*</ds:Signature>", b"", SOUND, flags=re.DOTALL),
        SOUND.replace(b"rsa-sha256", b"rsa-sha1"),
        SOUND.replace(b"xmlenc#sha256", b"xmldsig#sha1"),
        SOUND.replace(b'URI="#_f00"', b'URI="#_other"').replace(b'URI=""', b'URI="#_other"'),
        SOUND.replace(b"#enveloped-signature", b"#base64"),
        re.sub(rb"<ds:X509Certificate>.*</ds:X509Certificate>", b"", SOUND, flags=re.DOTALL),
        re.sub(rb"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA", SOUND),
    ],
)
def test_what_is_no_sound_assertion_is_refused(content):
    with pytest.raises(REFUSALS):
        read_assertion(token_of(content), ROOTS, MOMENT)


@pytest.mark.parametrize("token", ["", "TEST", "a b", "é", "=" * 8, "A" * 70_000, "PGE-PGIv"])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(NoAssertion):
        read_assertion(token, ROOTS, MOMENT)


@given(st.integers(0, len(SOUND) - 1), st.integers(1, 255))
def test_no_changed_byte_lets_another_in(at, change):
    content = bytearray(SOUND)
    content[at] ^= change
    try:
        found = read_assertion(token_of(bytes(content)), ROOTS, MOMENT)
    except REFUSALS:
        return

    assert found.issuer == found.subject == "https://other.example/x/"
    assert found.audience == "https://u/b/"
