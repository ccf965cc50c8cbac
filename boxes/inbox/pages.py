"""The pages of the web inbox: the list of a folder, and one message beside it."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from boxes import tokens
from boxes.api.answers import viewer_address
from boxes.inbox.asked import Asked, listed, patient_number
from boxes.inbox.door import PersonRequest, in_box, log, message_of
from boxes.inbox.folders import BY_SLUG, BY_STATUS, FOLDERS, Folder, counts_of
from boxes.inbox.history import history_of, steps_of
from boxes.inbox.rows import Row
from boxes.models import Box, Draft, Message, Property, Reading
from boxes.summary import patient_hash
from boxes.summary_words import FLAGS, KINDS


@require_safe
@login_required
def front(request: PersonRequest) -> HttpResponse:
    """To the box that was open last, else the first; who has none is told what to do."""
    boxes = Box.objects.open_to(request.user).order_by("name")
    readable = [box for box in boxes if box.allows(request.user, "read")]
    if not readable:
        return render(request, "inbox/nothing.html", status=200)
    names = [box.name for box in readable]
    last = request.session.get("box")
    return redirect("inbox:folder", last if last in names else names[0], "inbox")


@require_http_methods(["GET", "HEAD", "POST"])
@in_box("read")
def folder(request: PersonRequest, box: Box, folder: str) -> HttpResponse:
    """The list; by POST where a patient's number is searched, which no address may hold."""
    asked = Asked.of(request, box, folder_of(folder))
    if request.method == "POST":
        return redirect(f"{request.path}?{asked.here}" if asked.here else request.path)
    rows, following = rows_of(request, asked)
    context = frame(request, box, asked) | {"rows": rows, "next": following}
    if request.headers.get("X-Part") == "rows":
        return render(request, "inbox/_rows.html", context)
    return render(request, "inbox/folder.html", context)


@require_safe
@in_box("read")
def message(request: PersonRequest, box: Box, folder: str, xuid: str) -> HttpResponse:
    """One message in its frame, with the list that it was opened from."""
    shown = message_of(box, xuid)
    home = BY_STATUS[shown.status]
    if home.slug != folder:  # it was moved since: its address now is another
        return redirect("inbox:message", box.name, home.slug, xuid)
    Reading.objects.begin(shown, request.user)
    if shown.direction == Message.Direction.IN:
        shown.mark_read()
    log(request, "open", box, shown)
    asked = Asked.of(request, box, home)
    rows, following = rows_of(request, asked)
    jwt = tokens.mint_page(shown, request.user.subject)
    return render(
        request,
        "inbox/message.html",
        frame(request, box, asked)
        | neighbours(rows, xuid)
        | {
            "rows": rows,
            "next": following,
            "row": Row(listed([shown.pk])[0], unread=False),
            "message": shown,
            "viewer": f"{viewer_address(box)}{xuid}?jwt={jwt}",
            "steps": steps_of(shown),
            "thread": conversation(shown),
            "may_send": box.allows(request.user, "send"),
            "suggested": suggested_names(box),
            "sure": request.session.pop("sure", None) == xuid,
            "note": request.session.pop("note", {}).get(xuid, ""),
        },
    )


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
def news(request: PersonRequest, box: Box) -> JsonResponse:
    """What an open page asks every few seconds: counts, and the newest message's name."""
    counts = counts_of(box, request.user)
    newest = Message.objects.in_box(box).filter(status=Message.Status.INBOX)
    first = newest.order_by("-id").values_list("xuid", flat=True).first()
    shown = {slug: {"n": count.number, "shown": count.shown} for slug, count in counts.items()}
    return JsonResponse({"newest": first or "", "counts": shown})


def folder_of(slug: str) -> Folder:
    if slug not in BY_SLUG:
        raise Http404(_("There is no such folder."))
    return BY_SLUG[slug]


def rows_of(request: PersonRequest, asked: Asked) -> tuple[list[Row], str]:
    """The rows of a page and the cursor of the next; the log knows that they were shown."""
    keys, following = asked.page()
    opened = set(
        Reading.objects.filter(message__in=keys, user=request.user).values_list(
            "message_id", flat=True
        )
    )
    rows = [
        Row(
            message,
            unread=asked.folder.incoming and message.pk not in opened,
            address=address_of(asked, message.xuid),
        )
        for message in listed(keys)
    ]
    if rows:
        patient = patient_hash(patient_number(asked.bsn)) if asked.bsn else ""
        log(request, "list", asked.box, xuids=[row.xuid for row in rows], patient=patient)
    return rows, following


def address_of(asked: Asked, xuid: str) -> str:
    path = reverse("inbox:message", args=(asked.box.name, asked.folder.slug, xuid))
    return f"{path}?{asked.here}" if asked.here else path


def frame(request: PersonRequest, box: Box, asked: Asked) -> dict:
    """What every page of a box shows around its own matter."""
    request.session["box"] = box.name
    boxes = [
        other
        for other in Box.objects.open_to(request.user).order_by("name")
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
        "drafts": Draft.objects.of(request.user, box).count(),
        "writable": box.allows(request.user, "send"),
        "undo": request.session.pop("undo", None),
        "kinds": KINDS,
        "flags": FLAGS,
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
            "address": reverse(
                "inbox:message", args=(shown.box.name, BY_STATUS[item.status].slug, item.xuid)
            ),
        }
        for item in found.prefetch_related("attachments", "properties")
    ]


def suggested_names(box: Box) -> list[str]:
    """Names of properties that this box uses, to choose from."""
    newest = Property.objects.filter(box=box).order_by("-id").values_list("name", flat=True)[:500]
    return sorted(set(newest))
