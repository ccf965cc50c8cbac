"""The envelope of MessageBox itself: one that was sent, a list of them, or the form of the first
years."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from viewer.clinical import (
    Attachment,
    Document,
    Notice,
    Party,
    Report,
    Row,
    Section,
    Text,
    Unreadable,
)
from viewer.readers import dates, documents, json_text, plain
from viewer.readers.charset import decode
from viewer.readers.documents import Cut, kept
from viewer.readers.json_text import words

PEOPLE = {"from": "from", "from_username": "from", "to": "to", "cc": "cc"}
TYPES = ("contentType", "content_type")
CONTENTS = ("content", "contentEncoding", "content_encoding", "metadata")
KNOWN = (*PEOPLE, *TYPES, *CONTENTS, "id", "subject", "dateTime", "jwt", "envelope")
SECRETS = ("jwt", "token", "password")

Inner = Callable[[str, bytes], Document]


def read(content: bytes, inner: Inner) -> Document:
    """An envelope with its content; ``inner`` reads the content if it can."""
    data, cut, notices = json_text.load(content)
    if isinstance(data, list):
        return kept(listed(data, cut, notices), cut)
    if not isinstance(data, dict):
        raise Unreadable("not_this_type", format="MessageBox")
    envelope = data.get("envelope")
    head = envelope if isinstance(envelope, dict) else data
    report = opened({**data, **head} if head is not data else data, cut)
    inside, told = within(report, inner)
    if any(
        moment.iso and not re.search(r"[+-]\d\d:\d\d$", moment.iso) for moment in report.moments
    ):
        told.append(Notice("dates_local"))
    return kept(Document((report, *inside), (*notices, *told)), cut)


def within(report: Report, inner: Inner) -> tuple[tuple[Report, ...], list[Notice]]:
    """The content as a report of its own, where there is a reader for it."""
    if not report.attachments or report.sections and report.sections[0].term == "text":
        return (), []
    content = report.attachments[0]
    try:
        found = inner(content.content_type, content.content)
    except Unreadable:
        return (), []
    return found.reports, list(found.notices)


def opened(data: dict[str, Any], cut: Cut) -> Report:
    """Header and content of one envelope."""
    kind = next((words(data[name]) for name in TYPES if name in data), "")
    parts = content_of(data, kind, cut)
    sections = [Section(term="text", items=(parts,))] if isinstance(parts, Text) else []
    others = (
        [Section(term="other_data", items=tuple(plain.rows(rest_of(data))))]
        if rest_of(data)
        else []
    )
    moment = (
        words(data.get("dateTime", ""))
        if not isinstance(data.get("dateTime"), (dict, list))
        else ""
    )
    return Report(
        kind="envelope",
        standard="MessageBox",
        title=text_of(data.get("subject")),
        moments=(dates.moment("sent", moment),) if moment else (),
        parties=tuple(people(data)),
        numbers=(Row(term="message_number", value=words(data["id"])),)
        if text_of(data.get("id"))
        else (),
        details=(Row(term="content_type", value=kind),) if kind else (),
        sections=(*sections, *others),
        attachments=(parts,) if isinstance(parts, Attachment) else (),
    )


def content_of(data: dict[str, Any], kind: str, cut: Cut) -> Text | Attachment | None:
    """A text as text; anything else as a file. Base64 in the old form, plain text in the new
    one."""
    content = data.get("content")
    if not isinstance(content, str) or not content:
        return None
    whole = cut.whole(content)
    old = "content_type" in data or data.get("contentEncoding") == "base64"
    body = documents.decode(whole) if old else None
    raw = whole.encode("utf-8", "surrogatepass") if body is None else body
    if kind.partition(";")[0].strip().lower() in ("text/plain", ""):
        return Text(tuple(decode(raw)[0].splitlines()))
    return Attachment("content", kind, raw, len(raw))


def people(data: dict[str, Any]) -> list[Party]:
    """Senders and receivers; a display name can be anything, so the address stands beside it."""
    found = []
    for name, role in PEOPLE.items():
        entries = data.get(name)
        for one in entries if isinstance(entries, list) else [entries]:
            if isinstance(one, dict):
                address = text_of(one.get("address"))
                rows = (Row(term="address", value=address),) if address else ()
                found.append(Party(role, person=text_of(one.get("displayName")), identifiers=rows))
            elif text_of(one):
                found.append(Party(role, person=text_of(one)))
    return found


def listed(data: list[Any], cut: Cut, notices: tuple[Notice, ...]) -> Document:
    """A list of messages: a section for each, without any token."""
    sections = []
    for one in data:
        if not isinstance(one, dict):
            sections.append(Section(items=tuple(plain.rows(one))))
            continue
        inner = one.get("envelope")
        envelope = inner if isinstance(inner, dict) else {}
        report = opened({**one, **envelope}, cut)
        rows = [Row(term=party.role, value=named(party)) for party in report.parties]
        rows += [*report.numbers, *report.details]
        items = (*rows, *(item for section in report.sections for item in section.items))
        sections.append(Section(heading=report.title, moments=report.moments, items=items))
    return Document(
        (Report(kind="message_list", standard="MessageBox", sections=tuple(sections)),), notices
    )


def named(party: Party) -> str:
    address = next((row.value for row in party.identifiers), "")
    return (
        f"{party.person} <{address}>"
        if party.person and address != party.person
        else party.person or address
    )


def rest_of(data: dict[str, Any]) -> dict[str, Any]:
    """All that is no part of the header, but never a token."""
    return {
        name: value
        for name, value in clean(data).items()
        if name not in KNOWN and value not in ("", [], {}, None)
    }


def clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: clean(one) for name, one in value.items() if name.lower() not in SECRETS}
    return [clean(one) for one in value] if isinstance(value, list) else value


def text_of(value: Any) -> str:
    return words(value) if value is not None and not isinstance(value, (dict, list)) else ""
