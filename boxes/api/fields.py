"""Reads the members of a JSON body one by one and collects what is wrong, by place."""

import binascii
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from boxes.api.errors import Problem, invalid

MAX_ADDRESS = 1000
# One entry of a database index holds no more; letters of four bytes reach it first.
MAX_ADDRESS_BYTES = 2000
MAX_PROPERTY_BYTES = 2600
# Whole numbers beyond this are not the same in every JSON library.
LARGEST_NUMBER = 2**53
# So many members that are not known are told at once, and so much of the name of each.
MOST_UNKNOWN, LONGEST_TOLD = 20, 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TOKEN = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_MIME_TYPE = re.compile(
    rf"{_TOKEN}/{_TOKEN}"
    r"(?:[ \t]*;[ \t]*[A-Za-z0-9!#$%&'*+.^_`|~-]+="
    r"(?:[A-Za-z0-9!#$%&'*+.^_`|~/:?=@-]+|\"(?:[^\"\\\x00-\x1f\x7f]|\\[ -~])*\"))*[ \t]*;?",
    re.ASCII,
)


def is_mime_type(text: str) -> bool:
    return _MIME_TYPE.fullmatch(text) is not None


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that a mistyped one was probably meant to be; empty when none is near."""
    meant = {one.lower(): one for one in known}
    found = get_close_matches(name[:LONGEST_TOLD].lower(), meant, n=1)
    return meant[found[0]] if found else ""


class Fields:
    """The members of an object at a place, with the faults of the whole body.

    What was asked for by name is known here; all else in the body is a fault.
    """

    def __init__(
        self, members: dict[str, Any], body: "Fields | None" = None, place: str = ""
    ) -> None:
        self.members, self.place = members, place
        self.known: set[str] = set()
        self.faults: dict[str, list[str]] = body.faults if body else {}
        self.parts: list[Fields] = body.parts if body else []
        self.parts.append(self)

    def at(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name

    def fault(self, name: str, sentence: str) -> None:
        self.faults.setdefault(self.at(name) if name else self.place, []).append(sentence)

    def check(self, *, strict: bool = True) -> None:
        """Raises Problem when anything was wrong; where ``strict`` also when a member was not
        asked for: under a mistyped name an attachment, or a patient, would be left out."""
        if strict:
            for part, name in self._unknown()[:MOST_UNKNOWN]:
                part.fault(name[:LONGEST_TOLD], part._correction(name))
        if self.faults:
            raise invalid(self.faults)

    def _unknown(self) -> list[tuple["Fields", str]]:
        return [
            (part, name)
            for part in self.parts
            for name, value in part.members.items()
            if name not in part.known and value is not None
        ]

    def _correction(self, name: str) -> str:
        if meant := nearest(name, self.known):
            return _("This is not known here. Did you mean “%(name)s”?") % {"name": meant}
        return _("This is not known here.")

    def value(self, name: str) -> Any:
        """A member of any kind; null and absent are the same."""
        self.known.add(name)
        return self.members.get(name)

    def text(self, name: str, most: int, *, required: bool = False, control: bool = True) -> str:
        """A member that is text; null and absent are the same. ``control``: \\n and such too."""
        value = self.value(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.fault(name, _("Give this as text."))
        elif required and not value.strip():
            self.fault(name, _("This is required."))
        elif len(value) > most:
            self.fault(
                name,
                _("At most %(limit)d characters; this has %(count)d.")
                % {"limit": most, "count": len(value)},
            )
        elif "\0" in value:
            self.fault(name, _("This holds a NUL character."))
        elif not control and _CONTROL.search(value):
            self.fault(name, _("This holds a control character."))
        else:
            return value
        return ""

    def member(self, name: str) -> "Fields | None":
        """A member that is an object, of which the members are known."""
        value = self.free(name)
        return None if value is None else Fields(value, self, self.at(name))

    def free(self, name: str) -> dict[str, Any] | None:
        """A member that is an object of anything."""
        value = self.value(name)
        if value is not None and not isinstance(value, dict):
            self.fault(name, _("Give this as an object."))
            return None
        return value

    def each(self, name: str, most: int) -> list["Fields"]:
        """A member that is a list of objects."""
        value = self.value(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(name, _("Give this as a list."))
            return []
        if len(value) > most:
            self.fault(
                name,
                _("At most %(limit)d; this has %(count)d.") % {"limit": most, "count": len(value)},
            )
            return []
        found = []
        for index, item in enumerate(value):
            if isinstance(item, dict):
                found.append(Fields(item, self, f"{self.at(name)}.{index}"))
            else:
                self.fault(f"{name}.{index}", _("Give this as an object."))
        return found

    def address(self, name: str = "address", *, required: bool = True) -> str:
        value = self.text(name, MAX_ADDRESS, required=required, control=False).strip()
        if len(value.encode()) > MAX_ADDRESS_BYTES:
            self.fault(name, _("At most %(limit)d bytes in UTF-8.") % {"limit": MAX_ADDRESS_BYTES})
        return value

    def content_type(self, name: str = "contentType") -> str:
        value = self.text(name, 255, required=True).strip()
        if value and not is_mime_type(value):
            self.fault(name, _("This is no MIME type, such as text/plain."))
        return value

    def base64(self, name: str) -> bytes:
        """A member in base64, taken out, so that it is not held twice."""
        self.known.add(name)
        value = self.members.pop(name, None)
        if not isinstance(value, str):
            self.fault(name, _("Give this as text in base64."))
            return b""
        try:
            return binascii.a2b_base64(value, strict_mode=True)
        except ValueError:
            pass
        try:  # in lines, as MIME writes it
            return binascii.a2b_base64(re.sub(r"[\r\n]", "", value), strict_mode=True)
        except ValueError:
            self.fault(name, _("This is not base64."))
            return b""

    def properties(self) -> dict[str, str]:
        """A member ``properties``: a list of objects with a name and a value."""
        if self.value("properties") is None:
            self.fault("properties", _("Give this as a list."))
        pairs: dict[str, str] = {}
        for item in self.each("properties", settings.MAX_PROPERTIES):
            name, value = item.property()
            if name in pairs:
                item.fault("name", _("This name is given twice."))
            pairs[name] = value
        return pairs

    def property(self) -> tuple[str, str]:
        """The members ``name`` and ``value``."""
        name = self.text("name", 255)
        if not name and self.at("name") not in self.faults:
            self.fault("name", _("This is required."))
        if "value" not in self.members or self.members["value"] is None:
            self.fault("value", _("This is required."))
        value = self.text("value", 500)
        if len(name.encode()) + len(value.encode()) > MAX_PROPERTY_BYTES:
            self.fault(
                "value",
                _("Name and value take at most %(limit)d bytes in UTF-8.")
                % {"limit": MAX_PROPERTY_BYTES},
            )
        return name, value


def too_much(sentence: str, place: str) -> Problem:
    """What is too large in bytes."""
    return Problem(sentence, status=413, code="too_large", fields={place: [sentence]})
