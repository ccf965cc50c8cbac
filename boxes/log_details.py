"""The details of the log, told in the reader's language.

What is stored is English and stays as it is. Each kind of entry has the shapes in which we wrote
its detail; what fits none of them, and each name that somebody gave, is told as it stands.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from django.apps import apps
from django.db.models import Model
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from boxes.models import Access, LogEntry
from boxes.models.box import RIGHTS
from boxes.moment_words import moment_in_full

_MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d"

_ROW = (r"(?P<row>.*)", "%(row)s")
_DELIVERY = (r"delivery (?P<name>.*)", gettext_noop("delivery %(name)s"))
_HOST = (r"to (?P<name>.*)", gettext_noop("to %(name)s"))
_FROM = (r"from (?P<name>.*)", gettext_noop("from %(name)s"))
_REPEATED = (r"(?P<n>\d+) more within the minute", gettext_noop("%(n)s more within the minute"))
_CHANGED = (
    r"(?P<row>.*?): (?P<changes>(?:Added|Changed|Deleted|No fields changed)\b.*)",
    "%(row)s: %(changes)s",
)
_ASKED = (
    (r"entry (?P<n>\d+)", gettext_noop("entry %(n)s")),
    (
        r"(?P<asked>.*): (?P<n>\d+) shown, and more",
        gettext_noop("%(asked)s: %(n)s shown, and more"),
    ),
    (r"(?P<asked>.*): (?P<n>\d+) shown", gettext_noop("%(asked)s: %(n)s shown")),
    (r"(?P<asked>.*): begun", gettext_noop("%(asked)s: begun")),
    (r"(?P<asked>.*): whole, (?P<n>\d+) entries", gettext_noop("%(asked)s: whole, %(n)s entries")),
    (
        r"(?P<asked>.*): broken off after (?P<n>\d+) entries",
        gettext_noop("%(asked)s: broken off after %(n)s entries"),
    ),
)
_PERIOD = rf"(?P<name>.*): (?P<rights>[a-z, ]+) from (?P<since>{_MOMENT}) UTC"

# By action; of refusals by outcome.
_SHAPES: dict[str, tuple[tuple[str, str], ...]] = {
    "receive": (_FROM,),
    "moved here": (_FROM,),
    "misdelivered": (
        (r"moved to (?P<name>.*)", gettext_noop("moved to %(name)s")),
        (r"sent back to (?P<name>.*)", gettext_noop("sent back to %(name)s")),
    ),
    "remove": ((r"retention", gettext_noop("kept as long as the box asks")),),
    "resend": (_DELIVERY,),
    "again": (_DELIVERY,),
    "arrived": (_DELIVERY,),
    "settle": (
        (r"(?P<n>\d+): arrived", gettext_noop("delivery %(n)s: it arrived")),
        (r"(?P<n>\d+): resend", gettext_noop("delivery %(n)s: sent once more")),
    ),
    "property": ((r"removed (?P<name>.*)", gettext_noop("removed: %(name)s")),),
    "token": ((r"viewerIp (?P<name>.*)", gettext_noop("for the address %(name)s")),),
    "download": ((r"all", gettext_noop("all files")),),
    "view": ((r"page|embed|print|api", ""),),
    "sign in": ((r"(?P<ways>.*)", "%(ways)s"),),
    "sign out": ((r"time was up", gettext_noop("the time was up")),),
    "second factor added": ((r"(?P<ways>.*)", "%(ways)s"),),
    "second factor removed": ((r"(?P<ways>.*)", "%(ways)s"),),
    "access by groups": ((r"(?P<given>[+−a-z ]+)", "%(given)s"),),
    "add": (_ROW,),
    "change": (
        (r"(?P<name>\S+) may anew (?P<rights>.*)", gettext_noop("%(name)s may again: %(rights)s")),
        (r"(?P<name>\S+) may (?P<rights>.*)", gettext_noop("%(name)s may: %(rights)s")),
        (r"(?P<name>\S+): new key (?P<key>\S+)", gettext_noop("%(name)s: new key %(key)s")),
        (
            r"(?P<n>\d+) values went over to key (?P<key>\S+)",
            gettext_noop("%(n)s values went over to key %(key)s"),
        ),
    ),
    "webhook": (_HOST,),
    "webhook add": (_HOST,),
    "webhook change": (_HOST,),
    "webhook remove": (_HOST,),
    "webhook test": (_HOST,),
    "admin list": ((r"log", ""), (r"(?P<rows>\w+)", "%(rows)s")),
    "admin view": ((r"(?P<page>\w+)", "%(page)s"),),
    "admin add": (_CHANGED, _ROW),
    "admin change": (
        (r"own password", gettext_noop("the own password")),
        _CHANGED,
        _ROW,
    ),
    "admin delete": (_ROW,),
    "admin retry": (_DELIVERY,),
    "admin send-again": (_DELIVERY,),
    "admin arrived": (_DELIVERY,),
    "admin test": (_ROW,),
    "admin on": (_ROW,),
    "admin on-from-now": (_ROW,),
    "admin off": (_ROW,),
    "admin withdraw": (_ROW,),
    "admin invite": (_ROW,),
    "admin leave": (_ROW,),
    "admin access": (
        (
            rf"{_PERIOD} until (?P<until>{_MOMENT}) UTC",
            gettext_noop("%(name)s: %(rights)s from %(since)s until %(until)s"),
        ),
        (_PERIOD, gettext_noop("%(name)s: %(rights)s from %(since)s")),
    ),
    "admin search log": _ASKED,
    "admin export log": _ASKED,
    "right_missing": (_REPEATED, (r"(?P<rights>.*)", "%(rights)s")),
    "mail_not_sent": (
        _REPEATED,
        (r"forgotten password: (?P<name>.*)", gettext_noop("forgotten password: %(name)s")),
    ),
    "refuse": (_REPEATED,),
}

_WAYS = {
    "password": gettext_noop("with a password"),
    "password_reset": gettext_noop("by a link in a mail"),
    "totp": gettext_noop("code of an app"),
    "webauthn": gettext_noop("passkey"),
    "recovery_codes": gettext_noop("recovery codes"),
}

_ASKED_WORDS = {
    "person": gettext_noop("person"),
    "a patient": gettext_noop("a patient"),
    "message": gettext_noop("message"),
    "box": gettext_noop("box"),
    "since": gettext_noop("since"),
    "until": gettext_noop("until"),
    "everything": gettext_noop("everything"),
}


def detail_words(entry: LogEntry) -> str:
    """What the words of the action leave out."""
    kind = entry.action
    if kind == "refuse" and entry.outcome in _SHAPES:
        kind = entry.outcome
    for shape, told in _SHAPES.get(kind, ()):
        if found := re.fullmatch(shape, entry.detail, re.DOTALL):
            parts = {name: _WORDS.get(name, str)(part) for name, part in found.groupdict().items()}
            return (_(told) if told else "") % parts
    return entry.detail


# -- the parts of a detail that have words of ours in them --


def _rights(text: str) -> str:
    return ", ".join(_right(name) for name in text.split(", "))


def _right(name: str) -> str:
    if name == "nothing":
        return _("nothing")
    if name in RIGHTS:
        return str(Access._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return name


def _given(text: str) -> str:
    """Rights, each behind the sign that tells whether it came or went."""
    return " ".join(f"{word[0]}{_right(word[1:])}" for word in text.split())


def _moment(text: str) -> str:
    return moment_in_full(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC))


def _ways(text: str) -> str:
    return ", ".join(_(_WAYS[way]) if way in _WAYS else way for way in text.split(", "))


def _asked(text: str) -> str:
    words = "|".join(_ASKED_WORDS)
    return re.sub(
        rf"(^|, )({words})(?=[ ,]|$)", lambda found: found[1] + _(_ASKED_WORDS[found[2]]), text
    )


@lru_cache
def _kinds() -> Mapping[str, type[Model]]:
    """Our kinds of rows by their English names, the longest first."""
    with override("en"):
        named = {str(model._meta.verbose_name): model for model in apps.get_models()}
    return dict(sorted(named.items(), key=lambda item: -len(item[0])))


def _row(text: str) -> str:
    """A row of ours, as its kind and its name."""
    for kind, model in _kinds().items():
        if text.startswith(f"{kind} "):
            return f"{model._meta.verbose_name}{text.removeprefix(kind)}"
    return text


def _rows(text: str) -> str:
    """What a list held, by the name that Django has for the model."""
    return next((str(kind._meta.verbose_name_plural) for kind in _named(text)), text)


def _page(text: str) -> str:
    return next((str(kind._meta.verbose_name) for kind in _named(text)), text)


def _named(text: str) -> Iterator[type[Model]]:
    return (model for model in apps.get_models() if model._meta.model_name == text)


_CHANGES = (
    (r"Added (?P<name>[^“”]+) “(?P<object>.*)”\.", "Added {name} “{object}”."),
    (
        r"Changed (?P<fields>[^“”]+) for (?P<name>[^“”]+?) “(?P<object>.*)”\.",
        "Changed {fields} for {name} “{object}”.",
    ),
    (r"Deleted (?P<name>[^“”]+) “(?P<object>.*)”\.", "Deleted {name} “{object}”."),
    (r"Changed (?P<fields>[^“”]+)\.", "Changed {fields}."),
    (r"Added\.", "Added."),
    (r"No fields changed\.", "No fields changed."),
)


def changes_in_words(text: str) -> str:
    """The sentences that Django makes of a change, in its own words of this language."""
    sentences = re.split(r"(?<=\.) (?=(?:Added|Changed|Deleted) )", text)
    return " ".join(_change(sentence) for sentence in sentences)


def _change(sentence: str) -> str:
    for shape, told in _CHANGES:
        if found := re.fullmatch(shape, sentence, re.DOTALL):
            parts = found.groupdict()
            if "fields" in parts:
                parts["fields"] = _labels(parts["fields"])
            if "name" in parts:
                parts["name"] = _row(f"{parts['name']} ").strip()
            return capfirst(_(told).format(**parts))
    return sentence


def _labels(text: str) -> str:
    labels = re.split(r", | and ", text)
    return get_text_list([_label(label) for label in labels], _("and"))


def _label(label: str) -> str:
    """A field goes by its name with a capital, or by the label that its form has."""
    small = label[:1].lower() + label[1:]
    if small in RIGHTS:
        return capfirst(_right(small))
    for known in (small, label):
        if known and (told := _(known)) != known:
            return capfirst(told)
    return label


_WORDS: dict[str, Callable[[str], str]] = {
    "rights": _rights,
    "given": _given,
    "since": _moment,
    "until": _moment,
    "ways": _ways,
    "asked": _asked,
    "row": _row,
    "rows": _rows,
    "page": _page,
    "changes": changes_in_words,
}
