"""Keeps tokens, patient numbers and other query strings out of logs and crash reports."""

import logging
import re
from collections.abc import ItemsView
from types import TracebackType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

# A query string, wherever it stands in a line; a compact JWS, wherever it stands.
_QUERY = re.compile(r"\?[^\s\"'<>]*=[^\s\"'<>]*")
_TOKEN = re.compile(r"\b[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}")


def discreet(text: str) -> str:
    return _TOKEN.sub("REDACTED", _QUERY.sub("?REDACTED", text))


class DiscreetFilter(logging.Filter):
    """Rewrites each record, and the traceback in it, before a handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = discreet(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = discreet(logging.Formatter().formatException(record.exc_info))
        elif record.exc_text:
            record.exc_text = discreet(record.exc_text)
        return True


class DiscreetExceptionFilter(SafeExceptionReporterFilter):
    """Crash reports without parameters, cookies or the values of variables."""

    def get_post_parameters(self, request: HttpRequest | None) -> dict:
        return {}

    def get_safe_request_meta(self, request: HttpRequest) -> dict:
        kept = ("REQUEST_METHOD", "PATH_INFO", "REMOTE_ADDR", "CONTENT_TYPE", "CONTENT_LENGTH")
        return {name: request.META[name] for name in kept if name in request.META}

    def get_safe_cookies(self, request: HttpRequest) -> dict:
        return {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: TracebackType
    ) -> ItemsView[str, Any]:
        return {}.items()
