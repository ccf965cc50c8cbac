"""How the name of a file ends that holds a content of some type."""

import mimetypes
import re

from boxes.content_types import plain

_KNOWN_TYPES = mimetypes.MimeTypes()  # Python's own table, not the machine's
_ENDINGS = {
    "message/rfc822": ".eml",
    "application/hl7-v2": ".hl7",
    "x-application/hl7-v2+er7": ".hl7",
    "application/edifact": ".edi",
    "application/x-edi": ".edi",
    "application/dicom": ".dcm",
    "text/markdown": ".md",
    "text/rtf": ".rtf",
    "text/plain": ".txt",
}


def ending_of(content_type: str) -> str:
    """With its dot; empty where the type says nothing."""
    essence = plain(content_type)
    structured = re.search(r"[+/](xml|json|zip|yaml)$", essence)
    if structured:
        return f".{structured[1]}"
    return _ENDINGS.get(essence) or _KNOWN_TYPES.guess_extension(essence) or ""
