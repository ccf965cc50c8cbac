"""XML as .NET's DataContractSerializer writes it.

The original wants its namespaces and the alphabetical order; read here are the local names in
any of both. Document types and entities are refused before anything is parsed.
"""

import re
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from transports.communicationhub.formats.raw import Raw, Unreadable, put, text_of
from transports.communicationhub.operations import LIST, OBJECT, Member, Operation, Shape

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"
HEAD = '<?xml version="1.0" encoding="utf-8"?>'
MOST_NODES = 20_000
_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]{0,500}?\?>")
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(body: bytes, operation: Operation) -> Raw:
    text = text_of(body)
    if not text.strip():
        return Raw({})
    root = _tree(text)
    if etree.QName(root).localname.lower() != operation.name.lower():
        raise Unreadable(f"The root of the body is not {operation.name}.")
    return Raw(_members(root, operation.members))


def _tree(text: str) -> etree._Element:
    prolog = _PROLOG.match(text)
    assert prolog is not None  # it also matches nothing
    if text.startswith("<!", prolog.end()):
        raise Unreadable("The body has a document type, which is not taken.")
    if text.count("<") > 2 * MOST_NODES:
        raise Unreadable(f"The body has more than {MOST_NODES} elements.")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,  # a file is one text of many megabytes; the limits above hold instead
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_DECLARATION.sub("", text, count=1).encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"The body is not XML: {str(error)[:200]}.") from error
    if root.getroottree().docinfo.doctype:
        raise Unreadable("The body has a document type, which is not taken.")
    return root


def _members(element: etree._Element, known: tuple[Member, ...]) -> dict[str, Any]:
    """What is known here; what is not, the original skips too."""
    members: dict[str, Any] = {}
    for child in element.iterchildren(etree.Element):
        name = etree.QName(child).localname
        member = next((m for m in known if name.lower() in (m.name.lower(), m.wire.lower())), None)
        if member is not None:
            put(members, name, _value(child, member))
    return members


def _value(element: etree._Element, member: Member) -> Any:
    if element.get(f"{{{INSTANCE}}}nil", "").strip().lower() in ("true", "1"):
        return None
    if member.kind == LIST:
        return [_members(item, member.of) for item in element.iterchildren(etree.Element)]
    if member.kind == OBJECT:
        return _members(element, member.of)
    if len(element):
        raise Unreadable(f"{member.name} holds elements where text belongs.")
    return element.text or ""


def write(shape: Shape, values: dict[str, Any]) -> str:
    inside = _written(shape.members, values, ordered=shape.ordered)
    return (
        f'{HEAD}<{shape.name} xmlns:i="{INSTANCE}" xmlns="{shape.namespace}">{inside}'
        f"</{shape.name}>"
    )


def _written(members: tuple[Member, ...], values: dict[str, Any], *, ordered: bool) -> str:
    order = members if ordered else sorted(members, key=lambda member: member.name)
    return "".join(_element(member, values.get(member.name), ordered) for member in order)


def _element(member: Member, value: Any, ordered: bool) -> str:
    if value is None:
        return f'<{member.name} i:nil="true" />'
    if member.kind == LIST:
        items = (_written(member.of, item, ordered=ordered) for item in value)
        inside = "".join(f"<{member.item}>{item}</{member.item}>" for item in items)
    elif member.kind == OBJECT:
        inside = _written(member.of, value, ordered=ordered)
    elif isinstance(value, bool):
        inside = "true" if value else "false"
    else:
        inside = escape(_FORBIDDEN.sub("\ufffd", str(value)))
    return f"<{member.name}>{inside}</{member.name}>"


def write_flag(value: bool) -> str:
    return f'{HEAD}<boolean xmlns="{SERIALIZATION}">{"true" if value else "false"}</boolean>'
