"""Which types are messages of electronic data interchange, in its text form or as XML."""

import re

from boxes.content_types import BYTES, EDIFACT, ENGINE_XML, VAGUE, plain, recognise

_EDI_XML = re.compile(r"application/vnd\.edi\.[a-z]+\+xml")
# What mail programs say of EDI, besides what says nothing.
_LOOSE = (*VAGUE, "application/edi-consent", "application/edi-x12", "text/edifact")


def is_edi(kind: str) -> bool:
    return kind == EDIFACT or is_edi_xml(kind)


def is_edi_xml(kind: str) -> bool:
    return bool(_EDI_XML.fullmatch(kind)) and kind != ENGINE_XML


def kind_of(declared: str, content: bytes) -> str:
    """The declared type, without parameters; an EDI type where the content shows that it is
    one and the declared one says little."""
    name = plain(declared) or BYTES
    if name not in _LOOSE:
        return name
    found = recognise(content)
    return found if is_edi(found) else name
