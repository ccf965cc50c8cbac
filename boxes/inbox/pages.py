"""The pages of the web inbox: the list of a folder, and one message beside it."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from boxes import tokens
from boxes.api.answers import viewer_address
from boxes.inbox import kept, misdelivered
from boxes.inbox.alarms import alarms_of
from boxes.inbox.answers import goes_to_more
from boxes.inbox.asked import Asked, listed
from boxes.inbox.door import (
    PersonRequest,
    accesses_out_of_period,
    in_box,
    log,
    message_of,
    out_of_period,
)
from boxes.inbox.folders import (
    BY_SLUG,
    BY_STATUS,
    FOLDERS,
    MOST_COUNTED,
    Count,
    Folder,
    counts_of,
    home_of,
)
from boxes.inbox.history import history_of, steps_of
from boxes.inbox.keys import KEYS
from boxes.inbox.meanwhile import happened
from boxes.inbox.patients import can_be_found, number_of, of_same_patient
from boxes.inbox.rows import Row, read_rows
from boxes.inbox.suggested import names_for, offers_for
from boxes.models import Box, Delivery, Draft, Message, Misdelivery, Reading
from boxes.models.prepared import Prepared, given
from boxes.moment_words import moment_in_full
from boxes.summary import patient_hash, patient_number
from boxes.summary_words import FLAGS, KINDS
from boxes.xuid import is_xuid

# So long before it ends, an access says so.
SOON = timedelta(days=7)
# What the script of the page asks for by itself.
PARTS = {"rows": "inbox/_rows.html", "found": "inbox/_found.html"}


@require_safe
@login_required
def front(request: PersonRequest) -> HttpResponse:
    """To the box that was open last, else the first; who has none is told what to do."""
    boxes = Box.objects.open_to(request.user).order_by("name")
    readable = [box for box in boxes if box.allows(request.user, "read")]
    if not readable:
        held = [out_of_period(row) for row in accesses_out_of_period(request.user)]
        return render(request, "inbox/nothing.html", {"out_of_period": held})
    names = [box.name for box in readable]
    last = request.session.get("box")
    return redirect("inbox:folder", last if last in names else names[0], "inbox")


@require_http_methods(["GET", "HEAD", "POST"])
@in_box("read")
def folder(request: PersonRequest, box: Box, folder: str) -> HttpResponse:
    """The list; by POST where a patient's number is searched, which no address may hold."""
    asked = Asked.of(request, box, folder_of(folder))
    if request.method == "POST" or asked.search != request.GET.get("s", ""):
        return redirect(f"{request.path}?{asked.here}" if asked.here else request.path)
    rows, following = rows_of(request, asked)
    context = frame(request, box, asked) | {"rows": rows, "next": following}
    if part := PARTS.get(request.headers.get("X-Part", "")):
        return render(request, part, context)
    return render(request, "inbox/folder.html", context)


@require_safe
@in_box("read")
def message(request: PersonRequest, box: Box, folder: str, xuid: str) -> HttpResponse:
    """One message in its frame, with the list that it was opened from."""
    shown = message_of(box, xuid)
    home = BY_STATUS[shown.status]
    if home.slug != folder:  # it was moved since: its address now is another
        return redirect("inbox:message", box.name, home.slug, xuid)
    if shown.is_closed:
        return stub(request, box, home, shown)
    Reading.objects.begin(shown, request.user)
    if shown.direction == Message.Direction.IN:
        shown.mark_read()
    log(request, "open", box, shown)
    asked = Asked.of(request, box, home)
    rows, following = rows_of(request, asked, xuid)
    beside = neighbours(rows, xuid)
    onwards = beside["older"] if request.user.opens_next else None
    jwt = tokens.mint_page(shown, request.user.subject)
    return render(
        request,
        "inbox/message.html",
        frame(request, box, asked)
        | beside
        | {
            "rows": rows,
            "next": following,
            "row": Row(listed([shown.pk])[0], unread=False),
            "message": shown,
            "known": happened(shown, request.user, home),
            "onwards": onwards.address if onwards else asked.place,
            "same_patient": can_be_found(shown),
            "viewer": f"{viewer_address(box)}{xuid}?jwt={jwt}",
            **outcome_of(shown),
            "thread": conversation(shown),
            "moved_from": Misdelivery.objects.filter(moved_to=shown)
            .select_related("message__box")
            .first(),
            "misdelivered": misdelivered.choices(request, box, shown),
            "may_send": box.allows(request.user, "send"),
            "to_more": box.allows(request.user, "send") and goes_to_more(shown, box),
            "names": names_for(box),
            "offers": offers_for(shown),
            **label_typed(request, shown),
            "attached": shown.attachments.all(),
            "sure": request.session.pop("sure", None) == xuid,
            "note": kept.take(request.session, "note", xuid).get("note", ""),
        },
    )


def outcome_of(shown: Message) -> dict:
    """What became of a sent message, and what can be done about it."""
    steps = steps_of(shown)
    spoiled = [step for step in steps if step.needs_somebody]
    deliveries = Delivery.objects.filter(message=shown)
    return {
        "steps": steps,
        "only_doubt": bool(spoiled) and all(step.in_doubt for step in spoiled),
        "to_resend": deliveries.to_resend().exists(),
        "may_pass": deliveries.may_pass().exists(),
    }


def label_typed(request: PersonRequest, shown: Message) -> dict:
    """A label that could not be taken as it was typed; new where the message has none of its
    name."""
    typed = kept.take(request.session, "label", shown.xuid)
    held = typed and shown.properties.filter(name=typed["name"]).exists()
    return {"typed_label": typed, "typed_new": bool(typed) and not held}


def stub(request: PersonRequest, box: Box, home: Folder, shown: Message) -> HttpResponse:
    """What is left of a message that came to the wrong mailbox: where it went, who saw it."""
    log(request, "open", box, shown)
    asked = Asked.of(request, box, home)
    rows, following = rows_of(request, asked, shown.xuid)
    row = Row(listed([shown.pk])[0], unread=False)
    more = {"rows": rows, "next": following, "row": row, "message": shown}
    more |= {"made": shown.misdelivery, "may_send": box.allows(request.user, "send")}
    return render(request, "inbox/stub.html", frame(request, box, asked) | more)


@require_safe
@in_box("read")
def history(request: PersonRequest, box: Box, folder: str, xuid: str) -> HttpResponse:
    """Who saw this message, and what happened to it."""
    shown = message_of(box, xuid)
    log(request, "log", box, shown)
    context = frame(request, box, Asked.of(request, box, folder_of(folder)))
    row = Row(listed([shown.pk])[0], unread=False)
    more = {"message": shown, "row": row, "entries": history_of(shown)}
    return render(request, "inbox/history.html", context | more)


@require_safe
@in_box("read")
def patient(request: PersonRequest, box: Box, folder: str, xuid: str) -> HttpResponse:
    """All messages of this box about the patient of one, from every folder."""
    shown = message_of(box, xuid)
    if not can_be_found(shown):
        raise Http404(_("This message does not say well enough who it is about."))
    found = of_same_patient(shown)
    opened = opened_by(request, found.keys)
    rows = read_rows(found.keys)
    for row in rows:
        row.unread = row.incoming and row.message.pk not in opened
        row.address = home_of(row.message, box)
        row.folder = str(BY_STATUS[row.message.status].title)
    log(request, "list", box, xuids=[row.xuid for row in rows], patient=shown.patient_hash)
    context = frame(request, box, Asked.of(request, box, folder_of(folder)))
    about = {"row": Row(shown, unread=False), "rows": rows, "doubtful": found.doubtful}
    more = {"origin": shown, "by_number": bool(number_of(shown))}
    return render(request, "inbox/patient.html", context | about | more)


@require_safe
@in_box("read")
def printed(request: PersonRequest, box: Box, folder: str, xuid: str) -> HttpResponse:
    """To the viewer's sheet for paper, with a token of its own; the viewer writes the log."""
    shown = message_of(box, xuid)
    if shown.is_closed:
        return redirect(home_of(shown, box))
    jwt = tokens.mint_page(shown, request.user.subject)
    return redirect(f"{viewer_address(box)}{xuid}?jwt={jwt}&mode=print")


@require_safe
@in_box("read")
def news(request: PersonRequest, box: Box) -> JsonResponse:
    """What an open page asks every few seconds: counts, the newest message's name, and how many
    came after the one that the page knows."""
    counts = counts_of(box, request.user)
    newest = _NEWEST.rows(box=box.pk)
    fresh = Count(later_than(request.GET.get("after"), box))
    words = ngettext("%(n)s new message: show it", "%(n)s new messages: show them", fresh.number)
    return JsonResponse(
        {
            "newest": newest[0][0] if newest else "",
            "fresh": words % {"n": fresh.shown} if fresh.number else "",
            "counts": {
                slug: {"n": count.number, "shown": count.shown} for slug, count in counts.items()
            },
        }
    )


def later_than(xuid: str | None, box: Box) -> int:
    """How many arrived after a message that a page knows; all of them where it knew none."""
    if xuid is None or (xuid and not is_xuid(xuid)):
        return 0
    known = _KEY_OF.rows(box=box.pk, xuid=xuid) if xuid else [(0,)]
    return len(_LATER.rows(box=box.pk, known=known[0][0])) if known else 0


# What each open page asks every few seconds, besides the counts of the folders.
_INBOX = Message.objects.filter(box=given("box"), status=Message.Status.INBOX)
_NEWEST: "Prepared[Message]" = Prepared(lambda: _INBOX.order_by("-pk").values_list("xuid")[:1])
_KEY_OF: "Prepared[Message]" = Prepared(
    lambda: Message.objects.filter(box=given("box"), xuid=given("xuid")).values_list("pk")
)
_LATER: "Prepared[Message]" = Prepared(
    lambda: _INBOX.filter(pk__gt=given("known")).values_list("pk")[: MOST_COUNTED + 1]
)


@require_safe
@login_required
def alarms(request: PersonRequest) -> HttpResponse:
    """What an open page asks each minute, to show it in the place of what it has."""
    return render(request, "inbox/_alarms.html", {"alarms": alarms_of(request.user)})


def folder_of(slug: str) -> Folder:
    if slug not in BY_SLUG:
        raise Http404(_("There is no such folder."))
    return BY_SLUG[slug]


def rows_of(request: PersonRequest, asked: Asked, xuid: str = "") -> tuple[list[Row], str]:
    """The rows of a page, of which ``xuid`` names the open one, and the cursor of the next; the
    log knows that they were shown."""
    keys, following = asked.page()
    opened, rows = opened_by(request, keys), read_rows(keys)
    # One address, of which the others differ by their end: each look-up costs as much as a row.
    place = reverse("inbox:folder", args=(asked.box.name, asked.folder.slug))
    here = f"?{asked.here}" if asked.here else ""
    for row in rows:
        row.unread = asked.folder.incoming and row.message.pk not in opened
        row.address = f"{place}/{row.xuid}{here}"
        row.is_open = row.xuid == xuid
    if rows:
        patient = patient_hash(patient_number(asked.bsn)) if asked.bsn else ""
        log(request, "list", asked.box, xuids=[row.xuid for row in rows], patient=patient)
    return rows, following


def opened_by(request: PersonRequest, keys: list[int]) -> set[int]:
    """Which of these messages this person has opened."""
    readings = Reading.objects.filter(message__in=keys, user=request.user)
    return set(readings.values_list("message_id", flat=True))


def frame(request: PersonRequest, box: Box, asked: Asked) -> dict:
    """What every page of a box shows around its own matter."""
    if request.session.get("box") != box.name:  # else each page would write its session
        request.session["box"] = box.name
    boxes = [
        other
        for other in Box.objects.all_opened(request.user)
        if other.allows(request.user, "read")
    ]
    readable = box.allows(request.user, "read")
    return {
        "box": box,
        "boxes": boxes,
        "folders": FOLDERS,
        "folder": asked.folder,
        "asked": asked,
        "counts": counts_of(box, request.user) if readable else {},
        "drafts": len(_DRAFTS.rows(user=request.user.pk, box=box.pk)),
        "writable": box.allows(request.user, "send"),
        "undo": undo_of(request),
        "ending": ending(box),
        "moment": now(),
        "kinds": KINDS,
        "flags": FLAGS,
        "keys": KEYS,
    }


_DRAFTS: "Prepared[Draft]" = Prepared(
    lambda: Draft.objects.begun(given("user"), given("box")).order_by().values_list("pk", flat=True)
)


def undo_of(request: PersonRequest) -> dict | None:
    """What the notice of the last move offers to take back; of a label also what it was."""
    undo = request.session.pop("undo", None)
    if undo and undo["move"] == "label":
        return undo | kept.take(request.session, "undo", undo["xuids"][0])
    return undo


def ending(box: Box) -> str:
    """Some days before the end of what was given to this person: when, and who gave it."""
    if box.access_until is None or not now() < box.access_until < now() + SOON:
        return ""
    return _("Your access to this mailbox ends on %(at)s; it was given by %(name)s.") % {
        "at": moment_in_full(box.access_until),
        "name": box.through or _("the installation"),
    }


def neighbours(rows: list[Row], xuid: str) -> dict[str, Row | None]:
    names = [row.xuid for row in rows]
    if xuid not in names:
        return {"newer": None, "older": None}
    at = names.index(xuid)
    return {
        "newer": rows[at - 1] if at else None,
        "older": rows[at + 1] if at + 1 < len(rows) else None,
    }


def conversation(shown: Message) -> list[dict]:
    """The messages of this box that answer each other, the newest first; none for one alone."""
    found = Message.objects.filter(box=shown.box, thread=shown.thread).order_by("-id")[:50]
    if len(found) < 2:
        return []
    return [
        {
            "row": Row(item, unread=False),
            "here": item.pk == shown.pk,
            "address": home_of(item, shown.box),
        }
        for item in found.prefetch_related("attachments", "properties")
    ]
