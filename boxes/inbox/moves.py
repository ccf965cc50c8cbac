"""What a person does to messages: one, or those chosen in a list."""

import re
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages as flash
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from boxes.errors import WrongStatus
from boxes.inbox import kept
from boxes.inbox.asked import MOST_AT_ONCE, listed
from boxes.inbox.door import PersonRequest, in_box, log, onwards, open_message_of
from boxes.inbox.folders import BY_STATUS
from boxes.inbox.labels import fault_in_label, plain
from boxes.inbox.rows import Row
from boxes.models import Box, Handling, Message, Property, Reading
from boxes.models.handling import MAX_NOTE
from boxes.xuid import is_xuid


@require_POST
@in_box("read")
def move(request: PersonRequest, box: Box, xuid: str) -> HttpResponse:
    """One message; what cannot be done now is said in a sentence, and nothing is changed."""
    message = open_message_of(box, xuid)
    verb = request.POST.get("move", "")
    if verb not in MOVES:
        raise Http404(_("There is no such move."))
    unsure = verb == "archive" and not request.POST.get("sure")
    if unsure and (doubt := doubt_about(request, message)):
        flash.warning(request, doubt)
        request.session["sure"] = xuid
        return redirect("inbox:message", box.name, BY_STATUS[message.status].slug, xuid)
    done = False
    try:
        with transaction.atomic():
            message.hold_open()
            said = MOVES[verb](request, message)
            log(request, verb, box, message)
    except WrongStatus as error:
        flash.error(request, str(error))
    else:
        flash.success(request, said)
        done = verb == "handled"
        if verb in ("archive", "unarchive"):
            back = "unarchive" if verb == "archive" else "archive"
            request.session["undo"] = {"move": back, "xuids": [xuid]}
    if not done and (note := request.POST.get("note", "")):
        kept.keep(request.session, "note", xuid, note=note)
    return _onwards(request, message, verb)


def doubt_about(request: PersonRequest, message: Message) -> str:
    """Why one would not archive it yet; empty where nothing speaks against it."""
    row = Row(listed([message.pk])[0], unread=False)
    doubts, held = [], row.handling
    if held and held.holder not in ("", request.user.subject) and not row.handled:
        doubts.append(held.refusal())
    if row.needs_somebody:
        doubts.append(_("This is abnormal, and nobody has handled it yet."))
    return " ".join(doubts)


def archive(request: PersonRequest, message: Message) -> str:
    message.archive()
    patient = message.patient_name if message.identity == "one" else ""
    about = ", ".join(part for part in (message.subject[:80], patient) if part)
    return _("Archived: %(about)s") % {"about": about or _("(no subject)")}


def unarchive(request: PersonRequest, message: Message) -> str:
    message.unarchive()
    return _("Back in the inbox.")


def unread(request: PersonRequest, message: Message) -> str:
    Reading.objects.forget(message, request.user)
    return _("Shown as unread again, to you alone.")


def take(request: PersonRequest, message: Message) -> str:
    Handling.objects.take(message, request.user.subject, request.user.title)
    return _("You have taken this message; colleagues see that.")


def take_over(request: PersonRequest, message: Message) -> str:
    person, over = request.user, request.POST.get("over")
    Handling.objects.take_over(message, person.subject, person.title, over)
    return _("You have taken this message over; colleagues see that.")


def release(request: PersonRequest, message: Message) -> str:
    Handling.objects.release(message, request.user.subject)
    return _("Released: a colleague can take it.")


def handled(request: PersonRequest, message: Message) -> str:
    note = request.POST.get("note", "").strip()
    if "\0" in note:
        raise WrongStatus(_("This holds a sign that cannot be sent."))
    if len(note) > MAX_NOTE:
        raise WrongStatus(_("A note has at most %(most)d letters.") % {"most": MAX_NOTE})
    Handling.objects.finish(message, request.user.subject, request.user.title, note)
    return _("Handled.")


def reopen(request: PersonRequest, message: Message) -> str:
    Handling.objects.reopen(message)
    return _("Open again.")


MOVES: dict[str, Callable[[PersonRequest, Message], str]] = {
    "archive": archive,
    "unarchive": unarchive,
    "unread": unread,
    "take": take,
    "takeover": take_over,
    "release": release,
    "handled": handled,
    "reopen": reopen,
}


@require_POST
@in_box("send")
def deliver_again(request: PersonRequest, box: Box, xuid: str) -> HttpResponse:
    """Settle what failed or is in doubt: to whom it did not go, it goes again."""
    message = open_message_of(box, xuid)
    verb, number = request.POST.get("do", ""), request.POST.get("n", "")
    try:
        with transaction.atomic():
            if verb == "resend":
                message.resend()
                said = _("It is sent again, only to those whom it did not reach.")
            else:
                said = _settle(message, verb, number)
            # Of one that was found: else anything typed would stand in the log.
            detail = "" if verb == "resend" else f"delivery {number}"
            log(request, verb, box, message, detail=detail)
    except WrongStatus as error:
        flash.error(request, str(error))
    else:
        flash.success(request, said)
    return _onwards(request, message, verb)


def _settle(message: Message, verb: str, number: str) -> str:
    """One uncertain delivery: it arrived, or it is sent once more."""
    counted = re.fullmatch("[1-9][0-9]{0,5}", number, re.ASCII)
    known = message.deliveries.filter(n=int(number)) if counted else None
    delivery = known.first() if known is not None else None
    if delivery is None or verb not in ("arrived", "again"):
        raise Http404(_("There is no such delivery."))
    if verb == "arrived":
        delivery.confirm()
        return _("Noted: it arrived.")
    delivery.send_again()
    return _("It is sent once more.")


# -- many at once --


@require_POST
@in_box("read")
def bulk(request: PersonRequest, box: Box) -> HttpResponse:
    """Archive, read or label what was chosen. Abnormal results that nobody handled stay, and
    what is urgent and was never opened."""
    chosen = list(filter(is_xuid, request.POST.getlist("xuid")[:MOST_AT_ONCE]))
    keys = list(Message.objects.in_box(box).filter(xuid__in=chosen).values_list("pk", flat=True))
    found = [Row(message, unread=False) for message in listed(keys)]
    rows = [row for row in found if not row.message.is_closed]
    verb = request.POST.get("move", "")
    if verb not in BULK:
        raise Http404(_("There is no such move."))
    if not rows and found:
        flash.error(request, found[0].subject)
    elif not rows:
        flash.warning(request, _("Choose messages first."))
    else:
        with transaction.atomic():
            held = Message.objects.hold_open([row.message.pk for row in rows])
            done = BULK[verb](request, box, [row for row in rows if row.message.pk in held])
            for row in done:
                log(request, verb, box, row.message)
    return HttpResponseRedirect(_back(request, box))


def archive_many(request: PersonRequest, box: Box, rows: list[Row]) -> list[Row]:
    kept = [row for row in rows if row.needs_somebody]
    unseen = [row for row in rows if row.urgent_and_unseen and row not in kept]
    done = [row for row in rows if row not in kept + unseen and row.incoming]
    for row in done:
        row.message.archive()
    if done:
        said = ngettext("%d message is archived.", "%d messages are archived.", len(done))
        flash.success(request, said % len(done))
        request.session["undo"] = {"move": "unarchive", "xuids": [row.xuid for row in done]}
    if kept:
        said = ngettext(
            "%d abnormal message that nobody has handled stays here.",
            "%d abnormal messages that nobody has handled stay here.",
            len(kept),
        )
        flash.warning(request, said % len(kept))
    if unseen:
        said = ngettext(
            "%d urgent message that nobody has opened stays here.",
            "%d urgent messages that nobody has opened stay here.",
            len(unseen),
        )
        flash.warning(request, said % len(unseen))
    return done


def unarchive_many(request: PersonRequest, box: Box, rows: list[Row]) -> list[Row]:
    done = [row for row in rows if row.incoming]
    for row in done:
        row.message.unarchive()
    said = ngettext("%d message is back.", "%d messages are back.", len(done))
    flash.success(request, said % len(done))
    return done


def read_many(request: PersonRequest, box: Box, rows: list[Row]) -> list[Row]:
    """Read for this person; for the box only what somebody opened is read."""
    for row in rows:
        Reading.objects.begin(row.message, request.user)
    said = ngettext("%d message is marked as read.", "%d messages are marked as read.", len(rows))
    flash.success(request, said % len(rows))
    return rows


def unread_many(request: PersonRequest, box: Box, rows: list[Row]) -> list[Row]:
    for row in rows:
        Reading.objects.forget(row.message, request.user)
    said = ngettext(
        "%d message is marked as unread.", "%d messages are marked as unread.", len(rows)
    )
    flash.success(request, said % len(rows))
    return rows


def label_many(request: PersonRequest, box: Box, rows: list[Row]) -> list[Row]:
    name, value = (request.POST.get(part, "").strip() for part in ("name", "value"))
    if fault := fault_in_label(name, value):
        flash.error(request, fault)
        return []
    full = [row for row in rows if not has_room(row, name)]
    rows = [row for row in rows if row not in full]
    for row in rows:
        Property.objects.put(row.message, name, plain(name, value))
    if full:
        limit = {"limit": settings.MAX_PROPERTIES}
        flash.warning(request, _("A message has at most %(limit)d labels.") % limit)
    said = ngettext("%d message is labelled.", "%d messages are labelled.", len(rows))
    flash.success(request, said % len(rows))
    return rows


def has_room(row: Row, name: str) -> bool:
    held = {item.name for item in row.properties}
    return name in held or len(held) < settings.MAX_PROPERTIES


BULK: dict[str, Callable[[PersonRequest, Box, list[Row]], list[Row]]] = {
    "archive": archive_many,
    "unarchive": unarchive_many,
    "read": read_many,
    "unread": unread_many,
    "label": label_many,
}


# -- where the person goes next --


def _onwards(request: PersonRequest, message: Message, verb: str) -> HttpResponse:
    """After archiving the next message; after marking unread the list; else the same one."""
    if verb in ("archive", "unarchive", "unread"):
        return HttpResponseRedirect(_back(request, message.box))
    return onwards(request, message)


def _back(request: PersonRequest, box: Box) -> str:
    """The page that the form names, if it is one of ours."""
    wanted = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    inside = reverse("inbox:folder", args=(box.name, "inbox"))
    return wanted if own and wanted.startswith("/") else inside
