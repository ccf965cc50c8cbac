"""Answers of Formidable web forms. The shape of an instance was never published: whatever it is, it
is shown in order."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from viewer.clinical import (
    Attachment,
    Document,
    Item,
    Moment,
    Notice,
    Patient,
    Report,
    Row,
    Text,
    Unreadable,
)
from viewer.readers import dates, json_text
from viewer.readers.charset import decode
from viewer.readers.documents import Cut, kept
from viewer.readers.drafts import Draft
from viewer.readers.form_people import patients_of
from viewer.readers.json_text import VALUES, Number, words
from viewer.readers.limits import MIB, check_count, check_size

LABELS = ("title", "label", "question", "vraag")
NAMES = ("name", "id", "key")
ANSWERS = ("value", "answer", "antwoord", "response")
DISPLAYS = ("displayValue", "displayText", "display", "valueLabel")
FILE_NAMES, FILE_TYPES = (
    ("filename", "fileName", "name"),
    ("mimeType", "contentType", "type", "mimetype"),
)
FILE_CONTENTS = ("content", "data", "base64")
MOMENTS = {
    "createdAt": "created",
    "submittedAt": "submitted",
    "updatedAt": "updated",
    "completedAt": "submitted",
}
WRAPPERS = ("steps", "answers", "questions", "sections", "pages", "data", "vragen", "values")
FLAT = re.compile(r"[^=&\s{}\[\]<>]{1,200}=[^&]*(?:&[^=&]{1,200}=[^&]*)*+\s*")
SIZE = 2 * MIB


def read(content: bytes) -> Document:
    """An instance in JSON, or in the notation in which web pages send forms."""
    text, notices = decode(content, "utf-8")
    check_size(content, 64 * MIB)
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
        return Document((encoded(text),), (*notices, Notice("form_encoded")))
    data, cut, notices = json_text.load(content, SIZE)
    form = Form(cut)
    report = form.report(data)
    told = [Notice("from_form")] if report.patients else []
    return kept(Document((report,), (*notices, *told)), cut)


def encoded(text: str) -> Report:
    """``name=value&…``"""
    check_size(text, SIZE)
    if not FLAT.fullmatch(text):
        raise Unreadable("not_well_formed", format="JSON")
    pairs = parse_qsl(text.strip(), keep_blank_values=True, max_num_fields=VALUES)
    form = Form(Cut(text, {}))
    section = form.body.open(term="answers")
    for name, value in pairs:
        section.add(answer(name, value))
    return form.report({})


class Form:
    """One instance on its way to a report."""

    def __init__(self, cut: Cut):
        self.cut = cut
        self.body = Draft()
        self.title = ""
        self.moments: list[Moment] = []
        self.numbers: list[Row] = []
        self.details: list[Row] = []
        self.attachments: list[Attachment] = []
        self.patients: list[Patient] = []
        self.rest: list[Row] = []

    def report(self, data: Any) -> Report:
        if isinstance(data, dict):
            self.walk(self.header(data), self.body.open(term="answers"))
        else:
            self.walk(data, self.body.open(term="answers"))
        return Report(
            kind="form",
            standard="Formidable",
            title=self.title,
            moments=tuple(self.moments),
            patients=tuple(self.patients),
            numbers=tuple(self.numbers),
            details=tuple(self.details),
            sections=self.body.build().sections,
            attachments=tuple(self.attachments),
            rest=tuple(self.rest),
        )

    def header(self, data: dict[str, Any]) -> dict[str, Any]:
        """Which form it is and when it was filled in; gives back the answers."""
        left = dict(data)
        form = left.pop("form", None)
        if isinstance(form, dict):
            self.about(form, "form_number")
        elif form is not None:
            self.title = words(form)
        instance = left.pop("instance", None)
        if isinstance(instance, dict):
            self.about(instance, "document_number")
        elif instance is not None:
            left["instance"] = instance
        for name in [
            name for name in left if name in MOMENTS and not isinstance(left[name], (dict, list))
        ]:
            self.moment(name, left.pop(name))
        if ("label" in left or "title" in left) and not any(name in left for name in ANSWERS):
            self.about(
                {name: left.pop(name) for name in ("title", "label", "name") if name in left},
                "form_number",
            )
        return left

    def about(self, data: dict[str, Any], term: str) -> None:
        for name, value in data.items():
            text = words(value) if not isinstance(value, (dict, list)) else ""
            if name in ("title", "label") and not self.title:
                self.title = text
            elif name in ("id", "name"):
                self.numbers.append(Row(term=term, value=text))
            elif name == "version":
                self.numbers.append(Row(term="version_number", value=text))
            elif name in MOMENTS:
                self.moment(name, value)
            elif isinstance(value, (dict, list)):
                self.walk(value, self.body.open(heading=name))
            elif text:
                self.details.append(Row(label=name, value=text))

    def moment(self, name: str, value: Any) -> None:
        text = words(value)
        seconds = dates.from_seconds(text) if isinstance(value, Number) else ""
        self.moments.append(Moment(MOMENTS[name], text, seconds or dates.iso(text)))

    def walk(self, value: Any, place: Draft) -> None:
        """Everything in its order: answers as rows, groups as sections."""
        self.patients.extend(patients_of(value))
        entries = (
            value.items()
            if isinstance(value, dict)
            else ((str(n), one) for n, one in enumerate(value, 1))
        )
        for name, one in entries:
            self.entry(name, one, place, listed=isinstance(value, list))

    def entry(self, name: str, value: Any, place: Draft, listed: bool) -> None:
        if isinstance(value, dict) and (file := self.file(value)):
            place.add(
                Row(
                    label="" if listed else name,
                    value=file.filename,
                    term="attachment" if listed else "",
                )
            )
        elif isinstance(value, dict) and is_answer(value):
            self.answered(value, place)
        elif isinstance(value, dict):
            self.group(name, value, place, listed)
        elif isinstance(value, list) and not all(is_leaf(one) for one in value):
            # A list of answers or steps belongs to the group around it; its own name says nothing
            # more.
            plain = listed or name in WRAPPERS
            self.walk(value, place if plain else place.open(heading=name))
        else:
            place.add(answer("" if listed else name, value))

    def group(self, name: str, value: dict[str, Any], place: Draft, listed: bool) -> None:
        """An object with things in it: headed by its title, else by its name."""
        heading = next((words(value[key]) for key in LABELS if is_text(value.get(key))), "")
        titles = [
            key
            for key in LABELS
            if key in value and is_leaf(value[key]) and words(value[key]) == heading
        ]
        if heading and is_text(value.get("id")):
            self.rest.append(Row(label=f"{heading} id", value=value["id"]))
            titles.append("id")
        inner = {key: one for key, one in value.items() if key not in titles}
        named = heading or ("" if listed or name in WRAPPERS else name)
        self.walk(inner, place.open(heading=named) if named else place)

    def answered(self, value: dict[str, Any], place: Draft) -> None:
        """An object with a question and its answer; whatever else it has stands below it."""
        label_key = first_of(value, LABELS) or first_of(value, NAMES)
        answer_key, display_key = first_of(value, ANSWERS), first_of(value, DISPLAYS)
        label = words(value[label_key])
        received = value[answer_key]
        if isinstance(received, dict) and (file := self.file(received)):
            place.add(Row(label=label, value=file.filename))
        elif isinstance(received, dict) or (
            isinstance(received, list) and not all(map(is_leaf, received))
        ):
            self.walk(received, place.open(heading=label))
        else:
            shown = value[display_key] if display_key and value[display_key] else received
            place.add(answer(label, shown, received))
        for name, other in value.items():
            if name in (label_key, answer_key, display_key) or other in (None, ""):
                continue
            if name in (*NAMES, "type") and is_leaf(other):
                if words(other) != label:
                    self.rest.append(Row(label=f"{label} {name}", value=words(other)))
            elif is_leaf(other) or isinstance(other, list) and all(map(is_leaf, other)):
                place.add(below(answer(name, other)))
            else:
                self.entry(name, other, place, listed=False)

    def file(self, value: dict[str, Any]) -> Attachment | None:
        """A file in the form becomes an attachment; its name is made safe where it is shown."""
        name, kind, content = (
            first_of(value, keys) for keys in (FILE_NAMES, FILE_TYPES, FILE_CONTENTS)
        )
        if not (name and content and is_text(value[content]) and is_text(value[name])):
            return None
        data = value[content].rpartition(";base64,")[2]
        body = self.cut.decode(data)
        if body is None:
            return None
        kind_text = words(value[kind]) if kind else "application/octet-stream"
        self.attachments.append(Attachment(words(value[name]), kind_text, body, len(body)))
        for key, other in value.items():
            if key not in (name, kind, content, "size") and is_leaf(other) and words(other):
                self.rest.append(Row(label=f"{words(value[name])} {key}", value=words(other)))
        return self.attachments[-1]


def answer(label: str, shown: Any, received: Any = None) -> Item:
    """One answer; yes, no and nothing in words of ours, with what was sent beside them."""
    check_count(len(label), 10_000)
    if isinstance(shown, list):
        text = ", ".join(words(one) for one in shown)
    elif shown is None or shown == "":
        return Row(label=label, value_term="not_filled")
    else:
        text = words(shown)
    if "\n" in text:
        return Text(tuple(text.splitlines()), heading=label)
    raw = (
        ", ".join(words(one) for one in received) if isinstance(received, list) else words(received)
    )
    term = ("yes" if shown else "no") if isinstance(shown, bool) else ""
    return Row(label=label, value=text, value_term=term, raw=raw if raw != text else "")


def below(item: Item) -> Item:
    """What stands with an answer, one step in."""
    return replace(item, depth=1) if isinstance(item, Row) else item


def is_answer(value: dict[str, Any]) -> bool:
    named = first_of(value, LABELS) or first_of(value, NAMES)
    return bool(named and first_of(value, ANSWERS) and is_leaf(value[named]))


def first_of(value: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((name for name in names if name in value), "")


def is_leaf(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
