"""The options of a list: which entities, in which order, how many, and what of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest

from transports.personium.facade.cell import first_generation
from transports.personium.facade.entities import properties
from transports.personium.facade.errors import CellError
from transports.personium.facade.filters import Condition, read_filter

TOP, MOST, MOST_EXPANDED, FARTHEST = 25, 10_000, 100, 100_000
LINKS = ("_Box", "_AccountRead")


@dataclass(frozen=True)
class Query:
    condition: Condition | None
    order: tuple[tuple[str, bool], ...]  # property, descending
    top: int
    skip: int
    counted: bool
    chosen: tuple[str, ...] | None
    words: tuple[str, ...]


def read_query(options: Mapping[str, str], kind: str) -> Query:
    """Raises CellError."""
    expanded = read_expand(options, 2)
    return Query(
        condition=read_filter(options["$filter"], kind) if options.get("$filter") else None,
        order=read_order(options, kind),
        top=read_number(options, "$top", TOP, MOST_EXPANDED if expanded else MOST),
        skip=read_number(options, "$skip", 0, FARTHEST),
        counted=read_count(options),
        chosen=read_select(options),
        words=read_words(options),
    )


def read_number(options: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = options.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        raise CellError("PR400-OD-0036", name)
    if not 0 <= int(text) <= most:
        raise CellError("PR400-OD-0029", name, text)
    return int(text)


def read_order(options: Mapping[str, str], kind: str) -> tuple[tuple[str, bool], ...]:
    text = options.get("$orderby")
    if text is None:
        return ()
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([A-Za-z_][\w.]*)(?:\s+(asc|desc))?\s*", part, re.ASCII)
        if match is None:
            raise CellError("PR400-OD-0015")
        if match[1] in properties(kind) and match[1] not in ("Result", "RequestObjects"):
            found.append((match[1], match[2] == "desc"))
    return tuple(found)


def read_count(options: Mapping[str, str]) -> bool:
    value = options.get("$inlinecount", "none")
    if value not in ("allpages", "none"):
        raise CellError("PR400-OD-0013", value)
    return value == "allpages"


def read_select(options: Mapping[str, str]) -> tuple[str, ...] | None:
    text = options.get("$select")
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    if not all(re.fullmatch(r"\*|[A-Za-z_][\w./]*", name, re.ASCII) for name in names):
        raise CellError("PR400-OD-0017")
    return None if "*" in names else names


def read_expand(options: Mapping[str, str], most: int) -> tuple[str, ...]:
    names = tuple(name.strip() for name in options.get("$expand", "").split(",") if name.strip())
    if len(names) > most:
        raise CellError("PR400-OD-0039")
    if any(name not in LINKS for name in names):
        raise CellError("PR400-OD-0036", "$expand")
    return names


def read_words(options: Mapping[str, str]) -> tuple[str, ...]:
    text = options.get("q")
    if text is None:
        return ()
    if not 1 <= len(text.encode("utf-8", "replace")) <= 255:
        raise CellError("PR400-OD-0029", "q", text)
    return tuple(text.casefold().split())


def refuse_other_formats(request: HttpRequest) -> None:
    """Answers are JSON; whoever can only read something else is told. Raises CellError."""
    wanted = request.GET.get("$format")
    if wanted is not None:
        if wanted == "atom":
            raise CellError("PR406-OD-0001", "application/atom+xml")
        if wanted != "json":
            raise CellError("PR400-OD-0005", wanted)
        return
    accept = request.headers.get("Accept", "*/*") or "*/*"
    types = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    readable = ("*/*", "application/*", "application/json", "application/xml", "text/xml")
    if not any(name in readable or name.endswith("+xml") for name in types):
        code = "PR415-OD-0001" if first_generation() else "PR406-OD-0001"
        raise CellError(code, accept[:200])
