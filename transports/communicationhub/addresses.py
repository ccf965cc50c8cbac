"""Addresses of telephones and letterboxes: ``sms:`` and ``letter:``.

    sms:+31612345678
    letter:Anna Meier; Am Deich 4; 01067; Dresden
    letter:Jan Jansen; Damrak 1; 1012 AB; Amsterdam; country=NIEDERLANDE

Of a letter the last two parts are postcode and town; before them come one to five lines, and
after them may come the country. A ``;`` or ``%`` inside a part is written %3B or %25.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from boxes.sentence import Sentence

SMS, LETTER = "sms:", "letter:"
MOST_LINES = 5
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_SEPARATORS = re.compile(r"[ .()\u00a0-]")
_COUNTRY = re.compile(r"country\s*=(.*)", re.IGNORECASE | re.DOTALL)


class NotAnAddress(ValueError):
    """No telephone number or no postal address; its sentence says how one is written."""


@dataclass(frozen=True)
class PostalAddress:
    lines: tuple[str, ...]
    postcode: str
    town: str
    country: str = ""

    @property
    def shown(self) -> str:
        """On one line, as SendLetter's answer gives its receiver."""
        parts = [*filter(None, self.lines), f"{self.postcode} {self.town}", self.country]
        return ", ".join(part for part in parts if part)


def is_sms(address: str) -> bool:
    return address.lower().startswith(SMS)


def is_letter(address: str) -> bool:
    return address.lower().startswith(LETTER)


def read_number(address: str) -> str:
    """The number behind ``sms:`` in its international form. Raises NotAnAddress."""
    number = _SEPARATORS.sub("", address[len(SMS) :].strip())
    if not _NUMBER.fullmatch(number):
        raise NotAnAddress(
            Sentence(
                "“%(address)s” is no telephone number. Write it with its country, as "
                "sms:+31612345678.",
                address=address[:100],
            )
        )
    return number


def sms_address(number: str) -> str:
    """Raises NotAnAddress."""
    return SMS + read_number(SMS + number)


def read_letter(address: str) -> PostalAddress:
    """Raises NotAnAddress."""
    parts = [part.strip() for part in address[len(LETTER) :].split(";")]
    country = _COUNTRY.fullmatch(parts[-1])
    if country:
        parts.pop()
    texts = [unquote(part).strip() for part in parts]
    *lines, postcode, town = texts if len(texts) > 2 else ["", "", ""]
    if not (lines and lines[0] and lines[-1] and postcode and town) or len(lines) > MOST_LINES:
        raise NotAnAddress(
            Sentence(
                "“%(address)s” is no postal address. Write one to five lines, then postcode and "
                "town, parted by semicolons: letter:Anna Meier; Am Deich 4; 01067; Dresden. "
                "For another country than Germany add country= and its name in German capitals.",
                address=address[:200],
            )
        )
    named = unquote(country[1]).strip() if country else ""
    return PostalAddress(tuple(lines), postcode, town, named)


def letter_address(postal: PostalAddress) -> str:
    """The address in our form; reading it gives the same. Raises NotAnAddress."""
    lines = [line.strip() for line in postal.lines]
    while lines and not lines[-1]:
        lines.pop()
    parts = [_part(text) for text in (*lines, postal.postcode, postal.town)]
    if postal.country.strip():
        parts.append(f"country={_part(postal.country)}")
    address = LETTER + "; ".join(parts)
    read_letter(address)
    return address


def _part(text: str) -> str:
    """One part; line breaks and such become blanks, as an envelope has one line for it."""
    text = " ".join(text.split()).replace("%", "%25").replace(";", "%3B")
    return text.replace("=", "%3D") if _COUNTRY.fullmatch(text) else text
