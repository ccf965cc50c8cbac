"""Which type a content is by its first bytes: to pick a reader where the declared type is vague,
and to warn."""

from __future__ import annotations

import codecs
import re

EDIFACT = "application/edifact"
HL7_V2 = "application/hl7-v2"
CDA = "application/hl7-cda+xml"
HL7_V3 = "application/hl7-v3+xml"
FHIR_JSON, FHIR_XML = "application/fhir+json", "application/fhir+xml"
HUB_XML = "application/vnd.nl.perinatologie.resource+xml"
EDI_XML = "application/vnd.edi.{kind}+xml"
ENGINE_XML = "application/vnd.edi.edifact+xml"
FORMIDABLE = "application/vnd.formidable.instance+json"
ENVELOPE = "application/vnd.messagebox.envelope+json"
MAIL = "message/rfc822"
PDF, DICOM = "application/pdf", "application/dicom"
JSON, XML, HTML, TEXT, RTF = "application/json", "text/xml", "text/html", "text/plain", "text/rtf"
BYTES = "application/octet-stream"

VAGUE = ("", TEXT, XML, "application/xml", JSON, BYTES, "application/x-edi", "text/json")
"""Declared types that say little: recognition repairs them."""

# Besides pictures, sound and film.
BINARY = (PDF, DICOM, "application/zip", "application/gzip", "application/msword")

HEAD = 4096
IMAGES = (
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"II\*\x00|MM\x00\*", "image/tiff"),
    (rb"RIFF.{4}WEBP", "image/webp"),
    (rb"BM.{4}\x00\x00\x00\x00", "image/bmp"),
    (rb"\x00\x00\x00.ftyp(?:heic|heix|hevc|mif1)", "image/heic"),
)
TEXTS = (
    (r"UNA[^\r\n]{5,6}\s*UN[BH]|UNB\+|UNH\+", EDIFACT),
    (r"\x0b?(?:MSH|FHS|BHS)[^\w\s]", HL7_V2),
    (r"\{\\rtf", RTF),
)
ROOT = re.compile(
    r"(?:\s+|<\?.*?\?>|<!--.*?-->|<![Dd][Oo][Cc][Tt][Yy][Pp][Ee][^>\[]*>)*+<([A-Za-z_][\w.:-]*)([^>]*)",
    re.DOTALL,
)
MED = re.compile(r"(MED[A-Z]{3,10})(?:_[\w.]*)?")
HEADER = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\r\n]*(?:\r\n|\n)(?:[ \t][^\r\n]*(?:\r\n|\n))*)++"
)
MAIL_HEADER = re.compile(
    r"^(?:From|Received|MIME-Version|Return-Path|DKIM-Signature):", re.IGNORECASE | re.MULTILINE
)
FORM_KEYS = re.compile(r'"(?:form|steps|questions|answers|instance)"\s*:')


def is_binary(content_type: str) -> bool:
    """Whether no text can be of this type, so that text under its name is a sender's mistake."""
    mime = plain(content_type)
    family = mime.partition("/")[0]
    return mime in BINARY or (family in ("image", "audio", "video") and not mime.endswith("+xml"))


def plain(content_type: str) -> str:
    """A declared type in lower case, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def settle(declared: str, content: bytes) -> str:
    """The type to read a content by: what was declared, or what it shows itself to be where that
    says little."""
    name = plain(declared)
    return recognise(content) or name or BYTES if name in VAGUE else name


def recognise(content: bytes) -> str:
    """The type that the first bytes give away, or nothing."""
    head = content[:HEAD]
    if head[128:132] == b"DICM":  # before images: its preamble may be that of a TIFF
        return DICOM
    for pattern, name in IMAGES:
        if re.match(pattern, head, re.DOTALL):
            return name
    if b"%PDF-" in head[:1024]:
        return PDF
    text = readable(head).lstrip("\ufeff \t\r\n")
    for opening, name in TEXTS:
        if re.match(opening, text):
            return name
    if text.startswith("<"):
        return markup(text)
    if text[:1] in ("{", "["):
        return notation(readable(content[: 64 * 1024]))
    return MAIL if looks_like_mail(text) else ""


def readable(head: bytes) -> str:
    """The head as text, good enough to see its marks."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    if head[:2] in (b"<\0", b"\0<"):
        return head.decode("utf-16-le" if head[0] else "utf-16-be", "replace")
    return head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def markup(text: str) -> str:
    """By the root element and its namespace."""
    if text[:14].lower() == "<!doctype html":
        return HTML
    found = ROOT.match(text)
    if not found:
        return XML if text.startswith("<?xml") else ""
    name = found[1].rpartition(":")[2]
    spaces = found[2]
    if name.lower() in ("html", "head", "body"):
        return HTML
    if med := MED.fullmatch(name.upper()):
        return EDI_XML.format(kind=med[1].lower())
    if name in ("EDIFACTInterchange", "EDIFACTMessage"):
        return ENGINE_XML
    if "urn:hl7-org:v3" in spaces:
        return CDA if name == "ClinicalDocument" else HL7_V3
    if "http://hl7.org/fhir" in spaces:
        return FHIR_XML
    if name in ("resource", "client") and "xmlns" not in spaces:
        return hub(name, text)
    return XML if text.startswith("<?xml") or "xmlns" in spaces else ""


def hub(name: str, text: str) -> str:
    inner = ("<section", "<source", "<attachments") if name == "resource" else ("<forms", "<eocs")
    return HUB_XML if any(mark in text for mark in inner) else XML


def notation(text: str) -> str:
    """What a JSON text is, by its names: never parsed here, for it may be hostile."""
    if re.search(r'"resourceType"\s*:', text):
        return FHIR_JSON
    if re.search(r'"contentType"\s*:', text) and re.search(r'"(?:content|envelope)"\s*:', text):
        return ENVELOPE
    return FORMIDABLE if text.startswith("{") and FORM_KEYS.search(text) else JSON


def looks_like_mail(text: str) -> bool:
    block = HEADER.match(text)
    return bool(block and MAIL_HEADER.search(block[0]))
