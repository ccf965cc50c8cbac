"""What a list was asked for: statuses, properties, and the fixed filters.

Property filters are not known by name beforehand and steer the walk through the box
(pages.py). The fixed ones go through django-filter, which is only set up when one is used.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import (
    CharFilter,
    DateFilter,
    Filter,
    FilterSet,
    TypedChoiceFilter,
)

from boxes.api.errors import invalid
from boxes.api.fields import MOST_UNKNOWN, is_mime_type, nearest
from boxes.api.json import dumps
from boxes.api.moments import parse_query_moment
from boxes.models import Box, Message
from boxes.models.handling import Handling
from boxes.models.property import MAX_NAME, MAX_VALUE
from boxes.summary import FLAGS, KINDS, STATUSES, patient_hash
from boxes.words import folded, words_of

NEW = "NEW"  # the word of older clients for INBOX
MOST_WORDS = 10
MOST_PROPERTIES = 10
MAX_LIMIT = 1000
# How each fixed filter is called in a request, and here.
FIXED = {
    "q": "words",
    "from": "sender",
    "since": "since",
    "until": "until",
    "unread": "unread",
    "contentType": "content_type",
    "envelopeId": "envelope_id",
    "thread": "thread",
    "kind": "kind",
    "flag": "flag",
    "urgent": "urgent",
    "reportStatus": "report_status",
    "replaced": "replaced",
    "handling": "handling",
    "patientName": "patient_name",
    "birthDate": "patient_birth",
    "bsn": "patient_hash",
}
# No patient's number stands in an address, which servers on the way write down.
NEVER_IN_ADDRESS = "bsn"
PAGING = ("limit", "cursor", "wait")
PARAMETERS = frozenset(("status", *FIXED, *PAGING))
# Of these several may be asked for: with commas, and in a body as a list too.
SEVERAL = ("status", "kind", "flag", "reportStatus", "handling")
HANDLING = {
    Handling.State.OPEN.value: Q(handling=None) | Q(handling__holder="", handling__handled_at=None),
    Handling.State.TAKEN.value: Q(handling__holder__gt="", handling__handled_at=None),
    Handling.State.HANDLED.value: Q(handling__handled_at__isnull=False),
}


class MomentField(forms.CharField):
    def to_python(self, value):
        text = super().to_python(value) or ""
        if text in self.empty_values:
            return None
        try:
            return parse_query_moment(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class MomentFilter(Filter):
    field_class = MomentField


class CodesField(forms.CharField):
    """One or more codes, with commas between."""

    def __init__(self, *args, codes: Sequence[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.codes = codes

    def to_python(self, value):
        found = [word.strip() for word in (super().to_python(value) or "").split(",")]
        if found == [""]:
            return None
        if not set(found) <= set(self.codes):
            raise forms.ValidationError(
                _("Choose one or more of: %(names)s.") % {"names": ", ".join(self.codes)}
            )
        return found


class CodesFilter(Filter):
    field_class = CodesField

    def __init__(self, field_name: str, codes: Sequence[str], method: str | None = None) -> None:
        super().__init__(field_name, lookup_expr="in", method=method, codes=codes)


class BsnField(forms.CharField):
    """A citizen service number becomes what it is searched by; it is stored encrypted only."""

    def to_python(self, value):
        text = super().to_python(value) or ""
        if text in self.empty_values:
            return None
        digits = text.replace(" ", "").replace(".", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) in (8, 9)):
            raise forms.ValidationError(_("A BSN has nine digits."))
        return patient_hash(digits)


class BsnFilter(Filter):
    field_class = BsnField


class TruthFilter(TypedChoiceFilter):
    """true or false, of a column that is one of both."""

    def __init__(self, field_name: str, *, lookup: str = "exact", word: str = "true") -> None:
        super().__init__(
            field_name=field_name,
            lookup_expr=lookup,
            choices=(("true", "true"), ("false", "false")),
            coerce=lambda text: text == word,
            empty_value=None,
            error_messages={"invalid_choice": gettext_lazy("Give true or false.")},
        )


class NullFilter(TruthFilter):
    """true or false, where ``empty`` is the word for a column that holds nothing."""

    def __init__(self, field_name: str, empty: str) -> None:
        super().__init__(field_name, lookup="isnull", word=empty)


def has_letters(text: str) -> None:
    """Accents alone would filter nothing, and so find everything."""
    if not folded(text).split():
        raise forms.ValidationError(_("Give at least one letter or digit."))


def is_content_type(text: str) -> None:
    """A mistyped one would find nothing, as if there were nothing."""
    if not is_mime_type(text):
        raise forms.ValidationError(_("This is no MIME type, such as text/plain."))


def has_words(text: str) -> None:
    """Punctuation alone likewise: names are searched without it."""
    if not words_of(text):
        raise forms.ValidationError(_("Give at least one letter or digit."))


class MessageFilterSet(FilterSet):
    """The fixed filters. Words are sought in subject, sender, recipients and
    the name of the patient."""

    words = CharFilter(method="holding_words", max_length=200, validators=[has_letters])
    sender = CharFilter(field_name="from_address", lookup_expr="iexact", max_length=1000)
    since = MomentFilter(field_name="created_at", lookup_expr="gte")
    until = MomentFilter(field_name="created_at", lookup_expr="lt")
    unread = NullFilter(field_name="read_at", empty="true")
    content_type = CharFilter(
        method="of_content_type", max_length=255, validators=[is_content_type]
    )
    envelope_id = CharFilter(field_name="envelope_id", max_length=255, strip=False)
    thread = CharFilter(field_name="thread", max_length=24)
    kind = CodesFilter(field_name="kind", codes=KINDS)
    flag = CodesFilter(field_name="flag", codes=FLAGS)
    urgent = TruthFilter(field_name="urgent")
    report_status = CodesFilter(field_name="report_status", codes=STATUSES)
    replaced = NullFilter(field_name="replaced_by", empty="false")
    handling = CodesFilter("handling", codes=tuple(HANDLING), method="worked_on")
    patient_name = CharFilter(method="about_patient", max_length=200, validators=[has_words])
    patient_birth = DateFilter(
        method="born_on", error_messages={"invalid": gettext_lazy("Write this as 1980-12-31.")}
    )
    patient_hash = BsnFilter(field_name="patient_hash")

    def holding_words(self, messages: QuerySet, name: str, text: str) -> QuerySet:
        for word in folded(text).split()[:MOST_WORDS]:
            found = Q(search_text__contains=word)
            if parts := words_of(word):
                found |= Q(*(Q(patient_words__contains=f" {part}") for part in parts))
            messages = messages.filter(found)
        return messages

    def about_patient(self, messages: QuerySet, name: str, text: str) -> QuerySet:
        for word in words_of(text)[:MOST_WORDS]:
            messages = messages.filter(patient_words__contains=f" {word}")
        return messages

    def born_on(self, messages: QuerySet, name: str, day: date) -> QuerySet:
        return messages.filter(patient_birth=day.isoformat())

    def of_content_type(self, messages: QuerySet, name: str, text: str) -> QuerySet:
        """All of that type match, whatever parameters, such as a charset, are here or there."""
        plain = text.partition(";")[0].strip()
        same = Q(content_type__iexact=plain)
        return messages.filter(same | Q(content_type__istartswith=f"{plain};"))

    def worked_on(self, messages: QuerySet, name: str, states: list[str]) -> QuerySet:
        return messages.filter(Q(*(HANDLING[state] for state in states), _connector=Q.OR))


@dataclass(frozen=True)
class Selection:
    """Which messages of a box a caller asked for."""

    box: Box
    statuses: tuple[str, ...]
    properties: tuple[tuple[str, str], ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()

    @property
    def context(self) -> bytes:
        """What a cursor of this list is bound to."""
        return dumps([self.box.pk, sorted(self.statuses), self.properties, self.fixed])

    @cached_property
    def filters(self) -> MessageFilterSet | None:
        """The fixed filters, validated. Raises Problem."""
        if not self.fixed:
            return None
        chosen = MessageFilterSet(
            {FIXED[name]: value for name, value in self.fixed}, Message.objects.all()
        )
        if not chosen.is_valid():
            wire = {ours: name for name, ours in FIXED.items()}
            raise invalid(
                {
                    wire[ours]: [str(sentence) for sentence in sentences]
                    for ours, sentences in chosen.errors.items()
                }
            )
        return chosen

    def value_of(self, name: str):
        """A fixed filter's value, None when it was not asked for."""
        return self.filters.form.cleaned_data[name] if self.filters else None


@dataclass(frozen=True)
class Paging:
    limit: int | None
    cursor: str
    wait: float


def read_query(box: Box, query: QueryDict) -> tuple[Selection, Paging]:
    """What a query string asks for. Raises Problem, also for parameters that are unknown."""
    if NEVER_IN_ADDRESS in query:
        sentence = _("Search by BSN with POST …/search: it must not stand in an address.")
        raise invalid({NEVER_IN_ADDRESS: [sentence]})
    pairs = [(name, value) for name, values in query.lists() for value in values]
    return read_pairs(box, pairs)


def read_object(box: Box, members: Mapping) -> tuple[Selection, Paging]:
    """What a JSON body asks for: the same names; lists of codes; true, false, numbers."""
    faults: dict[str, list[str]] = {}
    pairs = []
    for name, value in members.items():
        if name not in PARAMETERS and not name.startswith("_"):
            faults[name] = [_unknown(name, faults)]
            continue
        if name in SEVERAL and isinstance(value, list):
            if not all(isinstance(item, str) for item in value):
                faults[name] = [_("Give a list of text.")]
            value = ",".join(map(str, value))
        elif isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, int | float) and name in PAGING:
            value = str(value)
        elif not isinstance(value, str):
            faults[name] = [_("Give this as text.")]
            continue
        pairs.append((name, value))
    if faults:
        raise invalid(faults)
    return read_pairs(box, pairs)


def read_pairs(box: Box, pairs: Iterable[tuple[str, str]]) -> tuple[Selection, Paging]:
    faults: dict[str, list[str]] = {}
    properties, once, statuses = [], {}, []
    for name, value in pairs:
        if name.startswith("_"):
            _check_property(name[1:], value, name, faults)
            properties.append((name[1:], value))
        elif name not in PARAMETERS:
            faults[name] = [_unknown(name, faults)]
        elif name == "status":
            statuses += value.split(",")
        elif name in once:
            faults[name] = [_("Give this parameter once.")]
        elif not value.strip():
            faults[name] = [_("Give this parameter a value, or leave it out.")]
        else:
            once[name] = value
    if len(properties) > MOST_PROPERTIES:
        faults["_"] = [_("At most %(limit)d property filters.") % {"limit": MOST_PROPERTIES}]
    chosen = _statuses(statuses, faults)
    paging = _paging(once, faults)
    if faults:
        raise invalid(faults)
    fixed = tuple((name, once[name]) for name in FIXED if name in once)
    selection = Selection(box, chosen, tuple(sorted(set(properties))), fixed)
    selection.filters  # noqa: B018 - refuses before anything is read
    return selection, paging


def _unknown(name: str, faults: dict) -> str:
    """With the one that was meant, for the first few: looking for it takes time."""
    if len(faults) < MOST_UNKNOWN and (meant := nearest(name, PARAMETERS)):
        return _("This parameter is not known. Did you mean “%(name)s”?") % {"name": meant}
    return _("This parameter is not known. Property filters begin with “_”.")


def _check_property(name: str, value: str, parameter: str, faults: dict) -> None:
    if not name:
        faults[parameter] = [_("A property filter is written _name=value.")]
    elif "\0" in name + value:
        faults[parameter] = [_("This holds a NUL character.")]
    elif len(name) > MAX_NAME or len(value) > MAX_VALUE:
        faults[parameter] = [
            _("A property has a name of at most %(name)d and a value of at most %(value)d letters.")
            % {"name": MAX_NAME, "value": MAX_VALUE}
        ]


def _statuses(given: list[str], faults: dict) -> tuple[str, ...]:
    """Without one: INBOX."""
    words = [word.strip().upper() for word in given if word.strip()] or [Message.Status.INBOX.value]
    words = [Message.Status.INBOX.value if word == NEW else word for word in words]
    if not set(words) <= set(Message.Status.values):
        faults["status"] = [
            _("Unknown status. Valid are %(valid)s.")
            % {"valid": ", ".join((*Message.Status.values, NEW))}
        ]
    return tuple(dict.fromkeys(words))


def _paging(once: Mapping[str, str], faults: dict) -> Paging:
    limit = _number(once, "limit", 1, MAX_LIMIT, faults)
    wait = _number(once, "wait", 0, settings.MAX_WAIT, faults)
    cursor = once.get("cursor", "")
    if wait and not (cursor or once.get("since")):
        faults["wait"] = [_("Waiting needs since or cursor, else every message matches at once.")]
    return Paging(limit, cursor, wait or 0)


def _number(once: Mapping[str, str], name: str, least: int, most: int, faults: dict) -> int | None:
    text = once.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 7 and least <= int(text) <= most):
        faults[name] = [
            _("Give a whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
        ]
        return None
    return int(text)
