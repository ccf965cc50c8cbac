"""Query strings and forms, with files (multipart) or without. What is nested is JSV in a field."""

from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.http import parse_header_parameters

from transports.communicationhub.formats.raw import File, Raw, Unreadable

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FIELDS = 1000
_REPLACED = "\ufffd"


def is_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in (URLENCODED, MULTIPART)


def read(body: bytes, content_type: str) -> Raw:
    """Raises Unreadable."""
    if content_type.partition(";")[0].strip().lower() == MULTIPART:
        return _read_multipart(body, content_type)
    try:
        return read_query(body.decode("ascii"))
    except UnicodeDecodeError:
        raise Unreadable("The form is not percent-encoded.") from None


def read_query(query: str) -> Raw:
    """Raises Unreadable."""
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Unreadable(f"The form is not UTF-8, or has more than {MOST_FIELDS} fields.") from None
    return Raw(_last_filled(pairs))


def _read_multipart(body: bytes, content_type: str) -> Raw:
    boundary = parse_header_parameters(content_type)[1].get("boundary", "")
    if not boundary or f"--{boundary}--".encode() not in body:
        raise Unreadable("The form cannot be read: its end is missing.")
    meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}
    kept = _Kept()
    try:
        fields, _files = MultiPartParser(meta, BytesIO(body), [kept], "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation, ValueError) as error:
        raise Unreadable(f"The form cannot be read: {str(error)[:200]}") from error
    pairs = [(name, value) for name, values in fields.lists() for value in values]
    replaced = any(_REPLACED in text for pair in pairs for text in pair)
    if replaced and _REPLACED.encode() not in body:
        raise Unreadable("The form is not UTF-8.")
    return Raw(_last_filled(pairs), files=tuple(kept.files))


def _last_filled(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Of a name that is there twice, in whatever case, the last that is not empty."""
    members: dict[str, tuple[str, str]] = {}
    for name, value in pairs:
        if value or name.lower() not in members:
            members[name.lower()] = (name, value)
    return dict(members.values())


class _Kept(FileUploadHandler):
    """Keeps the files of a form in memory; their size is bounded by that of the body."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[File] = []
        self.pieces: list[bytes] = []

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self.pieces = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.pieces.append(raw_data)

    def file_complete(self, file_size: int) -> None:
        self.files.append(
            File(
                str(self.field_name),
                str(self.file_name),
                self.content_type or "",
                b"".join(self.pieces),
            )
        )
