"""The token that opens one message in the viewer, and the one that opens one of its files.

Both are signed with HS256 under ``TOKEN_KEYS``: the first key signs, each of them verifies.
PyJWT signs and verifies; what it leaves open (``typ``, the types of the claims, the life of
a token, padding) is checked here.
"""

import base64
import ipaddress
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import jwt
from django.conf import settings
from django.utils.crypto import salted_hmac

from boxes.token_claims import FILE, LONGEST_LIFE, PAGE, REQUIRED, check_claims

MAX_LENGTH = 2048
LEEWAY = 30  # seconds between two clocks
FOLLOW_UP_LIFE = 1800
FILE_LIFE = 1800

_SHAPE = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}")
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
# Times are verified here, in the order of the contract and as whole numbers only.
_OPTIONS: Any = {
    "require": list(REQUIRED),
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


class TokenRefused(Exception):
    """A token opens nothing; ``code`` says why, in the words of the viewer's error pages.

    ``box`` is the one that it was made for, known only when its signature is ours.
    """

    def __init__(self, code: str, box: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.box = box


@dataclass(frozen=True)
class Token:
    """What every token says. ``obo`` is the person who reads by means of the key ``sub``."""

    sub: str
    box: str
    msg: str
    jti: str
    iat: int
    exp: int
    ip: str = ""
    obo: dict[str, str] | None = None


@dataclass(frozen=True)
class PageToken(Token):
    """Opens the page of one message; ``par`` and ``fst`` name the opening it follows up.

    ``ctx`` tells, as a keyed hash, which patient's record is open in the EHR.
    """

    par: str = ""
    fst: int | None = None
    ctx: str = ""

    @property
    def opened_by(self) -> str:
        return self.par or self.jti

    @property
    def opened_at(self) -> int:
        return self.iat if self.fst is None else self.fst


@dataclass(frozen=True)
class FileToken(Token):
    """Opens one file of a message: attachment ``att``, the content when it is ``"raw"``, or all
    of them as one when it is ``"all"``."""

    att: int | str = 0


def mint_page(
    message,
    subject: str,
    lifetime: int | None = None,
    now: float | None = None,
    *,
    ip: str = "",
    ctx: str = "",
    obo: dict[str, str] | None = None,
) -> str:
    """A token for the page of a message whose box is loaded."""
    minter = page_minter(message.box, subject, lifetime, now, ip=ip, ctx=ctx, obo=obo)
    return minter(message.xuid)


def page_minter(
    box, subject: str, lifetime: int | None = None, now: float | None = None, **claims: Any
) -> Callable[[str], str]:
    """Mints page tokens for many messages of one box: all that they share is made once."""
    issued = _seconds(now)
    life = box.token_lifetime if lifetime is None else lifetime
    shared = _shared(PAGE, subject, box.name, issued, issued + min(life, LONGEST_LIFE), claims)
    headers, key = _signing(PAGE)

    def mint(xuid: str) -> str:
        return jwt.encode({**shared, "msg": xuid, "jti": _new_jti()}, key, "HS256", headers)

    return mint


def mint_follow_up(opened: PageToken, now: float | None = None) -> str:
    """A token for a link of the page to itself: valid no longer than an hour after the opening."""
    issued = _seconds(now)
    expires = min(issued + FOLLOW_UP_LIFE, opened.opened_at + LONGEST_LIFE)
    claims = {
        "msg": opened.msg,
        "ip": opened.ip,
        "ctx": opened.ctx,
        "obo": opened.obo,
        "par": opened.opened_by,
        "fst": opened.opened_at,
        "jti": _new_jti(),
    }
    return _sign(PAGE, _shared(PAGE, opened.sub, opened.box, issued, expires, claims))


def mint_file(opened: PageToken, attachment: int | str, now: float | None = None) -> str:
    """A token for one file: a position from 1, ``"raw"`` for the content itself, or ``"all"``."""
    issued = _seconds(now)
    claims = {
        "msg": opened.msg,
        "ip": opened.ip,
        "obo": opened.obo,
        "att": attachment,
        "jti": _new_jti(),
    }
    return _sign(FILE, _shared(FILE, opened.sub, opened.box, issued, issued + FILE_LIFE, claims))


def read_page(raw: str, box_name: str, xuid: str, now: float | None = None) -> PageToken:
    """The token, when it opens the page of this message. Raises TokenRefused."""
    claims = _read(raw, PAGE, _seconds(now))
    token = PageToken(**_chosen(claims, PageToken))
    _match(token, box_name, xuid)
    return token


def read_file(
    raw: str, box_name: str, xuid: str, attachment: int | str, now: float | None = None
) -> FileToken:
    """The token, when it opens this file of this message. Raises TokenRefused."""
    claims = _read(raw, FILE, _seconds(now))
    token = FileToken(**_chosen(claims, FileToken))
    _match(token, box_name, xuid)
    if token.att != attachment:
        raise TokenRefused("token_mismatch", token.box)
    return token


def patient_context(bsn: str, birth_date: str) -> str:
    """A keyed hash of the patient whose record is open (``ctx``); it tells nobody who that is."""
    return _keyed("patient", f"{bsn.zfill(9)} {birth_date}")


def network(address: str) -> str:
    """A keyed hash of a reader's network (``ip``): the IPv4 address, or the IPv6 /64 around it."""
    parsed = ipaddress.ip_address(address)
    around = ipaddress.ip_network((parsed, 32 if parsed.version == 4 else 64), strict=False)
    return _keyed("network", around.network_address.compressed)


def _keyed(purpose: str, text: str) -> str:
    digest = salted_hmac(f"boxes.tokens.{purpose}", text, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _shared(kind: tuple, subject: str, box: str, issued: int, expires: int, more: dict) -> dict:
    claims = {
        "iss": settings.MESSAGEBOX_ISSUER,
        "aud": kind[1],
        "sub": subject,
        "box": box,
        "iat": issued,
        "nbf": issued,
        "exp": expires,
    }
    claims.update((name, value) for name, value in more.items() if value not in ("", None))
    return claims


def _signing(kind: tuple) -> tuple[dict[str, str], bytes]:
    key_id, key = next(iter(settings.TOKEN_KEYS.items()))
    return {"typ": kind[0], "kid": key_id}, key


def _sign(kind: tuple, claims: dict[str, Any]) -> str:
    headers, key = _signing(kind)
    return jwt.encode(claims, key, "HS256", headers)


def _new_jti() -> str:
    return base64.urlsafe_b64encode(os.urandom(16))[:22].decode()


def _seconds(now: float | None) -> int:
    return int(time.time() if now is None else now)


def _read(raw: str, kind: tuple, now: int) -> dict[str, Any]:
    """The claims of a token that is ours and of this kind. Raises TokenRefused.

    Whatever goes wrong on hostile bytes, in here or in a library, is one answer.
    """
    try:
        claims = _verified(raw, kind)
    except Exception as error:
        raise TokenRefused("token_invalid") from error
    if max(claims["iat"], claims["nbf"]) > now + LEEWAY:
        raise TokenRefused("token_early", claims["box"])
    if claims["exp"] + LEEWAY < now:
        raise TokenRefused("token_expired", claims["box"])
    return claims


def _verified(raw: str, kind: tuple) -> dict[str, Any]:
    key = settings.TOKEN_KEYS[_key_id(raw, kind[0])]
    claims = jwt.decode(
        raw,
        key,
        algorithms=["HS256"],
        audience=kind[1],
        issuer=settings.MESSAGEBOX_ISSUER,
        leeway=LEEWAY,
        options=_OPTIONS,
    )
    check_claims(claims, kind)
    return claims


def _key_id(raw: str, typ: str) -> str:
    """The key that a header names, when its form is exactly ours; raises any exception."""
    if len(raw) > MAX_LENGTH:
        raise ValueError("length")
    shape = _SHAPE.fullmatch(raw)
    if shape is None:
        raise ValueError("shape")
    encoded = shape[1]
    pairs = json.loads(
        base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)), object_pairs_hook=list
    )
    header = dict(pairs)
    if len(pairs) != 3 or header["alg"] != "HS256" or header["typ"] != typ:
        raise ValueError("header")
    if not _KEY_ID.fullmatch(header["kid"]):
        raise ValueError("kid")
    return header["kid"]


def _chosen(claims: dict[str, Any], form: type[Token]) -> dict[str, Any]:
    return {field.name: claims[field.name] for field in fields(form) if field.name in claims}


def _match(token: Token, box_name: str, xuid: str) -> None:
    if token.box != box_name or token.msg != xuid:
        raise TokenRefused("token_mismatch", token.box)
