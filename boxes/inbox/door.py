"""Who may see which page of the web inbox."""

import functools
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from boxes import refusals
from boxes.caller_address import caller_address
from boxes.error_page import error_page
from boxes.errors import Closed
from boxes.inbox.folders import home_of
from boxes.models import Access, Box, LogEntry, Message, User
from boxes.moment_words import moment_in_full
from boxes.xuid import is_xuid

# What people type in the inbox: shown again where it could not be taken.
TYPED = {
    "to": gettext_lazy("To"),
    "cc": gettext_lazy("Copy to"),
    "subject": gettext_lazy("Subject"),
    "text": gettext_lazy("Message"),
    "note": gettext_lazy("Note: what was done"),
    "reason": gettext_lazy("Reason"),
    "name": gettext_lazy("Name"),
    "value": gettext_lazy("Value"),
}


class PersonRequest(HttpRequest):
    """A request of somebody who signed in."""

    user: User


class NotHere(Exception):
    """What was asked for is no longer there; the text is a sentence for the person."""

    status = 404
    heading = gettext_lazy("It is no longer here")
    # The message to look at instead.
    address = ""


class NotOpen(NotHere):
    """The box is not open to this person, or not for this; the text is a sentence for them."""

    heading = gettext_lazy("This mailbox is not open to you")

    def __init__(self, sentence: str, *, status: int = 404) -> None:
        super().__init__(sentence)
        self.status = status


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As Django's ``login_required``, but a form that comes after the sign-in has ended is given
    back: a way to the sign-in page would lose what was typed."""
    door = login_required(view)

    @functools.wraps(view)
    def page(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        match = request.resolver_match
        files = match is not None and getattr(match.func, "takes_files", False)
        lost = not (request.user.is_authenticated or files)  # a stranger's file is not read
        typed = typed_in(request) if lost else []
        if not typed or request.headers.get("X-Background"):
            return door(request, *args, **kwargs)
        return error_page(
            403,
            _("You are signed out."),
            _("Nothing was done. Sign in again, and do it anew."),
            way=f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page_before(request)})}",
            way_in_words=_("Sign in again"),
            typed=typed,
        )

    return page


def page_before(request: HttpRequest) -> str:
    """The path of the page that held the form, if it is one of ours; else the inbox."""
    before = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(before, {request.get_host()}, request.is_secure()):
        return urlsplit(before).path
    return reverse("inbox:front")


def in_box(right: str = "read") -> Callable:
    """The view gets the box, for a signed-in person who holds the right.

    A box that one may not open does not exist.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @signed_in
        @functools.wraps(view)
        def page(request: PersonRequest, box: str, *args, **kwargs) -> HttpResponse:
            try:
                return view(request, opened(request, box, right), *args, **kwargs)
            except NotHere as shut:
                return shut_page(request, shut)
            except Closed as closed:  # by a colleague, while this page was open
                return closed_meanwhile(request, box, closed, kwargs.get("xuid", ""))

        return page

    return decorate


def opened(request: PersonRequest, name: str, right: str) -> Box:
    """Raises NotOpen. One's own access that has ended, or is still to begin, is said; else it is
    not told whether there is such a box."""
    name = name.replace("\0", "")  # which no database takes
    box = Box.objects.opened(name, request.user)
    if box is not None and box.allows(request.user, right):
        return box
    outcome = "box_not_open" if box is None else "right_missing"
    address = caller_address(request)
    refusals.record(outcome, caller=request.user, address=address, box_name=name, detail=right)
    if box is not None:
        sentence = _("You may not do this in the mailbox %(box)s, or no longer.")
        raise NotOpen(sentence % {"box": box.title})
    held = accesses_out_of_period(request.user).filter(box__name=name).first()
    if held is not None:
        raise NotOpen(out_of_period(held), status=403)
    raise NotOpen(_("The mailbox “%(name)s” is not open to you, or no longer.") % {"name": name})


def accesses_out_of_period(user: User):
    """What this person could open before, or can later, while the box itself is open."""
    opened = Box.objects.open_to(user).values("pk")
    rows = Access.objects.filter(user=user, box__state=Box.State.OPEN).exclude(box__in=opened)
    return rows.select_related("box").order_by("box__name")


def out_of_period(held: Access) -> str:
    facts = {"box": held.box.title, "name": held.through}
    if held.until is not None and held.has_ended:
        return _(
            "Your access to the mailbox %(box)s ended on %(at)s; it was given by %(name)s. "
            "Ask them, or your administrator, if you still need it."
        ) % {**facts, "at": moment_in_full(held.until)}
    return _("Your access to the mailbox %(box)s begins on %(at)s; it was given by %(name)s.") % {
        **facts,
        "at": moment_in_full(held.since),
    }


def closed_meanwhile(request: PersonRequest, box: str, closed: Closed, xuid: str) -> HttpResponse:
    """To the stub, which tells where the message went."""
    flash.error(request, str(closed))
    if not xuid:
        return redirect("inbox:folder", box, "archive")
    return redirect("inbox:message", box, "archive", xuid)


def shut_page(request: PersonRequest, shut: NotHere) -> HttpResponse:
    """Says why, and gives back what was typed, so that no text is lost."""
    if request.headers.get("X-Background"):
        return JsonResponse({"closed": str(shut)}, status=shut.status)
    context = {"heading": shut.heading, "sentence": str(shut), "typed": typed_in(request)}
    context["address"] = shut.address
    return render(request, "inbox/shut.html", context, status=shut.status)


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """What a person typed into a form that cannot be taken, by its label."""
    given = ((label, request.POST.get(name, "").strip()) for name, label in TYPED.items())
    return [(str(label), text) for label, text in given if text]


def open_message_of(box: Box, xuid: str) -> Message:
    """One that can still be read and worked on here. Raises Closed for a stub."""
    message = message_of(box, xuid)
    message.refuse_closed()
    return message


def message_of(box: Box, xuid: str) -> Message:
    """The message with its box loaded. Raises NotHere."""
    named = Message.objects.in_box(box).filter(xuid=xuid)
    message = named.first() if is_xuid(xuid) else None
    if message is None:
        raise NotHere(_("This message is no longer in this mailbox: it was removed."))
    message.box = box
    return message


def onwards(request: PersonRequest, message: Message) -> HttpResponse:
    """To the same message, in the list that it was opened from where its form names that."""
    message.refresh_from_db(fields=["status"])
    here = home_of(message, message.box)
    wanted = request.POST.get("next", "")
    return HttpResponseRedirect(wanted if wanted.startswith(f"{here}?") else here)


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
