"""What the interfaces of other systems that we offer (façades) have in common.

Their callers use our API keys, as the one token that such systems know. A key names one box,
since these systems name none.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from boxes import refusals
from boxes.api import auth
from boxes.api.errors import Problem
from boxes.api.json import TooLarge
from boxes.api.json import read_body as read_contents
from boxes.caller_address import caller_address
from boxes.models import ApiKey, Box


class DoorClosed(Exception):
    """The caller is refused: ``code`` for machines, ``status`` as our own API would answer."""

    def __init__(self, sentence: str, *, code: str, status: int) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status


class Caller(NamedTuple):
    key: ApiKey
    box: Box


def facade(name: str) -> Callable:
    """A view of another system's interface: not there unless it is switched on (FACADES).

    It reads large bodies itself, and no cookie lets anybody in, so no form is forged.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def door(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
            if name not in settings.FACADES:
                raise Http404
            return view(request, *args, **kwargs)

        door.takes_contents = True  # type: ignore[attr-defined]
        return csrf_exempt(door)

    return decorate


def caller_of(request: HttpRequest, token: str, right: str = "send") -> Caller:
    """Whose token this is, and the box that it acts for. Raises DoorClosed."""
    key_id, secret = ApiKey.split_token(token)
    return caller_with(request, key_id, secret, right, given=bool(token))


def caller_with(
    request: HttpRequest, key_id: str, secret: str, right: str = "send", *, given: bool = True
) -> Caller:
    """The same for systems that know a name and a password."""
    try:
        key = auth.proven(request, key_id, secret, given=given)
    except Problem as problem:
        raise DoorClosed(str(problem), code=problem.code, status=problem.status) from problem
    return Caller(key, box_of(request, key, right))


def box_of(request: HttpRequest, key: ApiKey, right: str) -> Box:
    """The box that the key acts for, where it holds the right. Raises DoorClosed."""
    opened = [box for box in Box.objects.open_to(key) if box.allows(key, right)]
    if key.sends_as_id:
        opened = [box for box in opened if box.pk == key.sends_as_id]
    if len(opened) == 1:
        return opened[0]
    address = caller_address(request)
    code = "box_unclear" if opened else "right_missing"
    refusals.record(code, caller=key, address=address, detail=right)
    if opened:
        sentence = "This key opens several boxes. Set in the admin which of them it sends as."
    else:
        sentence = f"This key opens no box that it may {right} with. Ask your administrator."
    raise DoorClosed(sentence, code=code, status=403)


def read_body(request: HttpRequest) -> bytes:
    """The whole body. Raises DoorClosed (413) when it is larger than a message may be."""
    try:
        return bytes(read_contents(request))
    except TooLarge:
        limit = settings.MAX_REQUEST_BYTES // 1024 // 1024
        raise DoorClosed(
            f"The request is larger than {limit} MiB, the most that is taken.",
            code="too_large",
            status=413,
        ) from None
