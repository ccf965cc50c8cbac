"""What a list was asked for: the API's own filters, from the address of a page."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from boxes import searches
from boxes.api.cursors import cursor_at, read_cursor
from boxes.api.errors import Problem
from boxes.api.filters import Selection, read_pairs
from boxes.api.pages import Walk
from boxes.inbox import patients
from boxes.inbox.door import PersonRequest
from boxes.inbox.folders import FOLDERS, Folder
from boxes.models import Box, Message
from boxes.models.reading import read_by
from boxes.moment_words import day_in_words
from boxes.summary import names_a_citizen, patient_number
from boxes.summary_words import FLAGS, KINDS

PAGE = 50
MOST_AT_ONCE = 500
FILTERS = ("q", "patientName", "birthDate", "from", "kind", "flag", "urgent", "since", "until")
PROPERTY = ("property", "value")
WENT_TO = "misdelivery__moved_to__"


class PersonalWalk(Walk):
    """A list of what one person has not opened yet."""

    user: object = None

    def _matching(self):
        found = super()._matching()
        return found.filter(~read_by(self.user)) if self.user else found

    @property
    def _plain(self) -> bool:
        return super()._plain and self.user is None


@dataclass
class Asked:
    """A folder's list as a person asked for it.

    ``faults`` names what could not be understood; then nothing is listed, because a mistyped
    filter must never show everything.
    """

    box: Box
    folder: Folder
    user: object
    values: dict[str, str]
    bsn: str = ""
    search: str = ""
    cursor: str = ""
    choose: bool = False
    faults: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, request: PersonRequest, box: Box, folder: Folder) -> "Asked":
        known = (*FILTERS, *PROPERTY, "unread")
        values = {name: request.GET.get(name, "").strip() for name in known}
        number = request.POST.get("bsn", "").strip()
        if names_a_citizen(values["q"]):  # typed where words are searched: no address keeps it
            number, values["q"] = number or values["q"], ""
        kept = searches.keep(request.session, number[:40]) if number else ""
        search = kept or request.GET.get("s", "")
        return cls(
            box,
            folder,
            request.user,
            {name: value for name, value in values.items() if value},
            bsn=searches.read(request.session, search),
            search=search,
            cursor=request.GET.get("cursor", ""),
            choose=request.GET.get("choose") == "all" and not search,
        )

    @property
    def filtered(self) -> bool:
        return bool(self.values or self.bsn)

    @property
    def slip(self) -> str:
        """What to say of a number whose check digit is wrong: most likely it was typed wrong, and
        that nothing is found means little."""
        typed = self.bsn or self.values.get("q", "")
        return slip_in_number(typed) if patient_number(typed) else ""

    @property
    def query(self) -> str:
        """The filters as they stand in an address; a BSN never does."""
        return urlencode(self.values)

    @property
    def here(self) -> str:
        """Filters and place, for links that come back to the same list."""
        more = {"s": self.search, "cursor": self.cursor}
        given = {name: value for name, value in more.items() if value}
        return urlencode({**self.values, **given})

    @property
    def place(self) -> str:
        """The address of this list; it chooses nothing."""
        return self._address(self.here)

    @property
    def fresh(self) -> str:
        """The same list from its newest message on."""
        return self._address(self._from_the_top)

    @property
    def all_of_it(self) -> str:
        """The same list with all that matches, as far as one form holds it, chosen."""
        more = "&".join(part for part in (self._from_the_top, "choose=all") if part)
        return self._address(more)

    @property
    def _from_the_top(self) -> str:
        return urlencode({**self.values, **({"s": self.search} if self.search else {})})

    @property
    def elsewhere(self) -> list[tuple[Folder, str]]:
        """The other folders, each with the address of the same search in it."""
        kept = {name: value for name, value in self.values.items() if name != "unread"}
        search = {"s": self.search} if self.search else {}
        others = [folder for folder in FOLDERS if folder != self.folder]
        return [(one, self._address(urlencode({**kept, **search}), one)) for one in others]

    def _address(self, query: str, folder: Folder | None = None) -> str:
        path = reverse("inbox:folder", args=(self.box.name, (folder or self.folder).slug))
        return f"{path}?{query}" if query else path

    @cached_property
    def selection(self) -> Selection | None:
        pairs = [
            (name, whole_day(name, self.values[name])) for name in FILTERS if name in self.values
        ]
        if name := self.values.get("property"):
            pairs.append((f"_{name}", self.values.get("value", "")))
        if self.search and not self.bsn:
            self.faults.append(_("This search is no longer known. Enter the number once more."))
            return None
        if self.bsn and not patient_number(self.bsn):
            self.faults.append(_("A BSN has nine digits."))
            return None
        try:
            return read_pairs(self.box, [("status", str(self.folder.status)), *pairs])[0]
        except Problem as problem:
            self.faults += problem.sentences
            return None

    def page(self) -> tuple[list[int], str]:
        """The keys of the messages on this page, and the cursor of the next."""
        if self.selection is None:
            return [], ""
        if self.bsn:
            return self.about_patient(), ""
        walk = PersonalWalk(self.selection, ("pk",))
        walk.user = self.user if self.values.get("unread") else None
        context = self.selection.context
        try:
            before = read_cursor(self.cursor, context) if self.cursor else None
        except Problem:
            before = None  # the list changed: it begins anew
        rows, following = walk.page(MOST_AT_ONCE if self.choose else PAGE, before)
        return [row[0] for row in rows], cursor_at(following, context) if following else ""

    def about_patient(self) -> list[int]:
        """The newest messages that name the patient's number in a fixed place, or that somebody
        labelled with it."""
        keys = patients.numbered(self.box, patient_number(self.bsn))
        assert self.selection is not None
        filters = self.selection.filters
        found = (filters.qs if filters else Message.objects.filter(box=self.box)).filter(
            pk__in=keys, status=self.folder.status
        )
        if self.values.get("unread"):
            found = found.filter(~read_by(self.user))
        return list(found.order_by("-pk").values_list("pk", flat=True))

    @property
    def chips(self) -> list[tuple[str, str]]:
        """What is filtered by, in words, each with the address of the list without it."""
        labels = {
            "q": _("words"),
            "patientName": _("patient"),
            "birthDate": _("born"),
            "from": _("from"),
            "kind": _("kind"),
            "flag": _("results"),
            "since": _("since"),
            "until": _("until"),
        }
        found = []
        for name, label in labels.items():
            if name in self.values:
                rest = {key: value for key, value in self.values.items() if key != name}
                text = in_words(name, self.values[name])
                found.append((f"{label}: {text}", urlencode(rest)))
        if "property" in self.values:
            rest = {key: value for key, value in self.values.items() if key not in PROPERTY}
            pair = f"{self.values['property']} = {self.values.get('value', '')}"
            found.append((pair, urlencode(rest)))
        if "unread" in self.values:
            rest = {key: value for key, value in self.values.items() if key != "unread"}
            found.append((_("unread"), urlencode(rest)))
        if "urgent" in self.values:
            rest = {key: value for key, value in self.values.items() if key != "urgent"}
            found.append((_("urgent"), urlencode(rest)))
        return found


def slip_in_number(typed: str) -> str:
    """What to say of what is no number of a citizen; empty where it is one."""
    if names_a_citizen(typed):
        return ""
    return _("%(number)s is no BSN: its check digit is wrong. See whether it was typed right.") % {
        "number": typed[:40]
    }


def whole_day(name: str, value: str) -> str:
    """A list until a day holds that day."""
    if name == "until" and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            return (date.fromisoformat(value) + timedelta(days=1)).isoformat()
        except (ValueError, OverflowError):
            return value
    return value


def in_words(name: str, value: str) -> str:
    if name in ("birthDate", "since", "until"):
        return day_in_words(value)
    tables = {"kind": KINDS, "flag": FLAGS}
    return _(tables[name].get(value, value)) if name in tables else value


def listed(keys: list[int]) -> list[Message]:
    """The messages of a page in its order, with what a row shows."""
    found = (
        Message.objects.filter(pk__in=keys)
        .select_related("handling", f"{WENT_TO}box")
        .prefetch_related("properties", "attachments")
        .defer(*(f"{stub}{part}" for stub in ("", WENT_TO) for part in ("headers", "search_text")))
    )
    by_key = {message.pk: message for message in found}
    return [by_key[key] for key in keys if key in by_key]
