"""The addresses of a cell, below the root of the host."""

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from boxes.models.box import NAME_PATTERN
from transports.personium.facade.answers import door
from transports.personium.facade.entities import RECEIVED, SENT
from transports.personium.facade.errors import CellError
from transports.personium.facade.listing import fetched, listed, removed
from transports.personium.facade.port import deliver
from transports.personium.facade.sending import send
from transports.personium.facade.states import change
from transports.personium.facade.tokens import grant

CELL = rf"^(?P<cell>{NAME_PATTERN})/"
KIND = f"(?P<kind>{SENT}|{RECEIVED})"


def no_such_set(request: HttpRequest, cell: str) -> HttpResponse:
    raise CellError("PR404-OD-0001")


def no_such_address(request: HttpRequest, cell: str) -> HttpResponse:
    raise CellError("PR404-MC-0001")


def everywhere(handler):
    return door(**dict.fromkeys(("GET", "POST", "PUT", "DELETE", "MERGE"), handler))


urlpatterns = [
    re_path(f"{CELL}__token/?$", door(POST=grant)),
    re_path(f"{CELL}__message/send/?$", door(POST=send)),
    re_path(f"{CELL}__message/port/?$", door(POST=deliver)),
    re_path(f"{CELL}__message/received/(?P<identifier>[^/]+)/?$", door(POST=change)),
    re_path(rf"{CELL}__ctl/{KIND}/?$", door(GET=listed)),
    re_path(rf"{CELL}__ctl/{KIND}\((?P<key>[^/]*)\)$", door(GET=fetched, DELETE=removed)),
    re_path(f"{CELL}__ctl/", everywhere(no_such_set)),
    re_path(f"{CELL}__message/", everywhere(no_such_address)),
]
