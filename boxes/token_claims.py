"""What the claims of a viewer token may be: PyJWT takes floats, strings and lists; we do not."""

import re
from collections.abc import Callable
from typing import Any

PAGE, FILE = ("mbv+jwt", "mbx-viewer"), ("mbf+jwt", "mbx-file")
LONGEST_LIFE = 3600

_JTI = re.compile(r"[A-Za-z0-9_-]{22}")
_SUBJECT = re.compile(r"(?:key|user):[A-Za-z0-9_-]{1,64}")
_TIMES = ("iat", "nbf", "exp")
REQUIRED = ("iss", "aud", "sub", "box", "msg", *_TIMES, "jti")


def check_claims(claims: dict[str, Any], kind: tuple[str, str]) -> None:
    """Raises KeyError or ValueError for a claim that is unknown or not as agreed."""
    for name, value in claims.items():
        if not _CLAIMS[kind][name](value):
            raise ValueError(name)
    _check_life(claims)


def _check_life(claims: dict[str, Any]) -> None:
    if claims["exp"] - claims["iat"] > LONGEST_LIFE:
        raise ValueError("life")
    if ("par" in claims) != ("fst" in claims):
        raise ValueError("par")
    if "fst" in claims and claims["exp"] > claims["fst"] + LONGEST_LIFE:
        raise ValueError("fst")


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255


def _matching(pattern: re.Pattern) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _moment(value: object) -> bool:
    return type(value) is int and 0 < value < 1 << 40


def _person(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) <= {"id", "name", "role"}
        and all(isinstance(part, str) and len(part) <= 200 for part in value.values())
    )


def _file(value: object) -> bool:
    return value in ("raw", "all") or (type(value) is int and value > 0)


_ALWAYS = {
    **dict.fromkeys(("iss", "aud", "box", "msg"), _text),
    **dict.fromkeys(_TIMES, _moment),
    "sub": _matching(_SUBJECT),
    "jti": _matching(_JTI),
    "ip": _text,
    "obo": _person,
}
# What each claim may be; a claim that is not named here is refused.
_CLAIMS = {
    PAGE: {**_ALWAYS, "par": _matching(_JTI), "fst": _moment, "ctx": _text},
    FILE: {**_ALWAYS, "att": _file},
}
