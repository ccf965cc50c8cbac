"""A message came to the wrong mailbox: a person moves it, or sends it back."""

from django.contrib import messages as flash
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from boxes.caller_address import caller_address
from boxes.errors import Closed, Rejected, WrongStatus
from boxes.inbox import kept
from boxes.inbox.door import PersonRequest, in_box, log, message_of, opened
from boxes.inbox.folders import BY_STATUS
from boxes.models import Box, Handling, Message, Misdelivery
from boxes.models.misdelivery import MAX_REASON, hindrance_to_sender

SENDER = "@sender"  # no box is called so


@require_POST
@in_box("read")
def close(request: PersonRequest, box: Box, xuid: str) -> HttpResponse:
    """What is refused is said, and the reason that was typed stays in the form."""
    message = message_of(box, xuid)
    to, reason = request.POST.get("to", ""), request.POST.get("reason", "").strip()
    try:
        if not reason or len(reason) > MAX_REASON or "\0" in reason:
            raise WrongStatus(
                _("Say why, in at most %(most)d letters: both sides read it.")
                % {"most": MAX_REASON}
            )
        with transaction.atomic():
            said = _send_back(request, message, reason) if to == SENDER else ""
            said = said or _move(request, message, to, reason)
    except Closed:
        raise
    except (WrongStatus, Rejected) as error:
        flash.error(request, str(error))
        kept.keep(request.session, "misdelivered", xuid, to=to, reason=reason)
    else:
        flash.success(request, said)
    message.refresh_from_db(fields=["status"])
    return redirect("inbox:message", box.name, BY_STATUS[message.status].slug, xuid)


def _move(request: PersonRequest, message: Message, to: str, reason: str) -> str:
    if not to:
        raise WrongStatus(_("Choose where the message belongs."))
    target, replaced = opened(request, to, "send"), message.replaced_by_id
    person = request.user
    made = Misdelivery.objects.move(
        message, target, subject=person.subject, name=person.title, reason=reason
    )
    made.record(person, address=_address(request), target=target)
    said = _("Moved to the mailbox %(box)s. It can be read here no more.") % {"box": target.title}
    later = _("A later report replaces it: see whether that one came to the wrong mailbox too.")
    return f"{said} {later}" if replaced else said


def _send_back(request: PersonRequest, message: Message, reason: str) -> str:
    person, box = request.user, opened(request, message.box.name, "send")
    made = Misdelivery.objects.send_back(
        message, subject=person.subject, name=person.title, reason=reason, caller=person
    )
    made.record(person, address=_address(request))
    return _("Sent back by the mailbox %(box)s. It can be read here no more.") % {"box": box.title}


@require_POST
@in_box("send")
def put_back(request: PersonRequest, box: Box, xuid: str) -> HttpResponse:
    """The sender was not reached: the message is here again."""
    opened(request, box.name, "read")
    message = message_of(box, xuid)
    made = Misdelivery.objects.filter(message=message).first()
    try:
        if made is None:
            raise WrongStatus(_("This message was put back already."))
        with transaction.atomic():
            made.put_back()
            log(request, "put back", box, message)
            if made.returned is not None:  # what failed there asks nobody's attention any more
                _end(request, made.returned)
    except WrongStatus as error:
        flash.error(request, str(error))
    else:
        flash.success(request, _("Back in the inbox."))
    message.refresh_from_db(fields=["status"])
    return redirect("inbox:message", box.name, BY_STATUS[message.status].slug, xuid)


def _end(request: PersonRequest, notice: Message) -> None:
    person, note = request.user, _("The message itself was put back into the inbox.")
    Handling.objects.conclude(notice, person.subject, person.title, note)


def choices(request: PersonRequest, box: Box, message: Message) -> dict:
    """What the form of one message offers: boxes that this person may send in, and the sender."""
    boxes = [
        other
        for other in Box.objects.open_to(request.user).exclude(pk=box.pk).order_by("name")
        if other.allows(request.user, "send")
    ]
    held = kept.take(request.session, "misdelivered", message.xuid)
    may_answer = box.allows(request.user, "send")
    return {
        "boxes": boxes,
        "sender": message.from_name or message.from_address if may_answer else "",
        "hindrance": hindrance_to_sender(message) if may_answer else "",
        "to": held.get("to", ""),
        "reason": held.get("reason", ""),
    }


def _address(request: PersonRequest) -> str:
    return caller_address(request)[:45]
