"""What is typed to write a message, and what is wrong with it, in sentences by field."""

import re

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from boxes.envelope import Address

MOST_PEOPLE = 200
_BETWEEN = re.compile(r";|,(?![^<]*>)")


def read_people(text: str) -> tuple[Address, ...]:
    """Recipients as people type them: ``jill, Jan Jansen <jan@example.org>; sms:+316…``.

    Raises ValidationError for what is no address at all.
    """
    found = []
    for piece in pieces_of(text):
        name, address = "", piece
        if piece.endswith(">") and "<" in piece:
            name, _sign, address = piece[:-1].rpartition("<")
        address = address.strip()
        spaced = any(sign.isspace() for sign in address) and not is_letter(address)
        if not address or spaced or len(address) > 1000:
            raise ValidationError(
                _(
                    "“%(piece)s” is not an address. Find the recipient below, or write an address "
                    "such as jill@example.org."
                )
                % {"piece": piece[:80]}
            )
        found.append(Address(address, name.strip().strip('"')[:200]))
    return tuple(found)


def pieces_of(text: str) -> list[str]:
    """One for each recipient; a postal address has a line of its own, with its signs."""
    found: list[str] = []
    for line in text.splitlines():
        found += [line] if is_letter(line.strip()) else _BETWEEN.split(line)
    return [piece.strip() for piece in found if piece.strip()]


def is_letter(text: str) -> bool:
    return text.lower().startswith("letter:")


class WriteForm(forms.Form):
    """Saving a draft asks for nothing; sending asks for a recipient and some content."""

    to = forms.CharField(label=gettext_lazy("To"), required=False, max_length=20_000)
    cc = forms.CharField(label=gettext_lazy("Copy to"), required=False, max_length=20_000)
    subject = forms.CharField(label=gettext_lazy("Subject"), required=False, max_length=998)
    text = forms.CharField(
        label=gettext_lazy("Message"), required=False, max_length=1_000_000, strip=False
    )
    markdown = forms.BooleanField(label=gettext_lazy("Lay out with Markdown"), required=False)

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        for name, value in cleaned.items():
            if isinstance(value, str) and "\0" in value:
                self.add_error(name, _("This holds a sign that cannot be sent."))
        return cleaned

    def people(self, name: str) -> tuple[Address, ...]:
        """The recipients of one field; what is wrong with them becomes its error."""
        try:
            return read_people(self.cleaned_data.get(name, ""))
        except ValidationError as error:
            self.add_error(name, error)
            return ()


def too_large(size: int) -> str:
    """A sentence where so many bytes are too much; empty where they are not."""
    if size <= settings.MAX_CONTENT_BYTES:
        return ""
    limit = settings.MAX_CONTENT_BYTES // 1024 // 1024
    return _("Together the files are larger than %(limit)d MiB, the most that can be sent.") % {
        "limit": limit
    }


def too_many(number: int) -> str:
    """A sentence where one message would go to more people than can be told of one by one."""
    limit = min(MOST_PEOPLE, settings.MAX_RECIPIENTS)
    if number <= limit:
        return ""
    return _(
        "These are %(number)d recipients; from here a message goes to at most %(limit)d. Send it "
        "in parts."
    ) % {"number": number, "limit": limit}
