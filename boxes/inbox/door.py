"""Who may see which page of the web inbox."""

import functools
from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from boxes import refusals
from boxes.caller_address import caller_address
from boxes.models import Box, LogEntry, Message, User


class PersonRequest(HttpRequest):
    """A request of somebody who signed in."""

    user: User


def in_box(right: str = "read") -> Callable:
    """The view gets the box, for a signed-in person who holds the right.

    A box that one may not open does not exist.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @login_required
        @functools.wraps(view)
        def page(request: PersonRequest, box: str, *args, **kwargs) -> HttpResponse:
            return view(request, opened(request, box, right), *args, **kwargs)

        return page

    return decorate


def opened(request: PersonRequest, name: str, right: str) -> Box:
    box = Box.objects.opened(name, request.user)
    if box is not None and box.allows(request.user, right):
        return box
    outcome = "box_not_open" if box is None else "right_missing"
    address = caller_address(request)
    refusals.record(outcome, caller=request.user, address=address, box_name=name, detail=right)
    raise Http404(_("There is no such page for you."))


def message_of(box: Box, xuid: str) -> Message:
    """The message with its box loaded; else 404."""
    message = Message.objects.in_box(box).filter(xuid=xuid).first()
    if message is None:
        raise Http404(_("This message is no longer in this box."))
    message.box = box
    return message


def log(request: PersonRequest, action: str, box: Box, message: Message | None = None, **facts):
    """Write down that this person saw or changed it."""
    LogEntry.objects.record(
        action,
        caller=request.user,
        box=box,
        message=message,
        address=caller_address(request)[:45],
        **facts,
    )
