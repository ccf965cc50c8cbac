"""The serialisations of CommunicationHub: each reads the members of an operation, and writes an
answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from transports.communicationhub.formats import csv, json, jsv, xml
from transports.communicationhub.formats.raw import Raw
from transports.communicationhub.operations import Operation, Shape


@dataclass(frozen=True)
class Format:
    """``media_types``: the first is what an answer is called. ``read`` raises Unreadable."""

    name: str
    media_types: tuple[str, ...]
    read: Callable[[bytes, Operation], Raw]
    write: Callable[[Shape, dict[str, Any]], str]
    write_flag: Callable[[bool], str]


JSON = Format("json", ("application/json",), json.read, json.write, json.write_flag)
XML = Format("xml", ("application/xml", "text/xml"), xml.read, xml.write, xml.write_flag)
JSV = Format("jsv", ("application/jsv", "text/jsv"), jsv.read, jsv.write, jsv.write_flag)
CSV = Format("csv", ("text/csv",), csv.read, csv.write, csv.write_flag)
# In the order in which a caller who takes several gets one.
FORMATS = (JSON, XML, JSV, CSV)


def format_named(name: str) -> Format | None:
    return next((item for item in FORMATS if item.name == name.strip().lower()), None)


def format_of(media_type: str) -> Format | None:
    essence = media_type.partition(";")[0].strip().lower()
    return next((item for item in FORMATS if essence in item.media_types), None)
