"""Writing: a draft that saves itself, its files, and the moment it is sent."""

import json
import mimetypes

from django.conf import settings
from django.contrib import messages as flash
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from boxes.envelope import Address, Attachment, Envelope
from boxes.errors import Conflict, Rejected
from boxes.inbox.asked import Asked
from boxes.inbox.door import PersonRequest, in_box, log, message_of, opened
from boxes.inbox.folders import BY_SLUG
from boxes.inbox.forms import WriteForm, read_people, too_large
from boxes.inbox.pages import frame
from boxes.models import Box, Delivery, Draft, DraftFile, Handling, Message

SUGGESTED = 200
WRITTEN = ("text/plain", "text/markdown")


@require_safe
@in_box("send")
def drafts(request: PersonRequest, box: Box) -> HttpResponse:
    context = frame(request, box, Asked.of(request, box, BY_SLUG["inbox"]))
    found = Draft.objects.of(request.user, box).prefetch_related("files")
    return render(request, "inbox/drafts.html", context | {"found": found, "folder": None})


@require_POST
@in_box("send")
def begin(request: PersonRequest, box: Box) -> HttpResponse:
    """A new draft: empty, or an answer to or a copy of a message of this box."""
    draft = Draft(box=box, user=request.user)
    about = request.POST.get("about", "")
    if about:
        earlier = message_of(opened(request, box.name, "read"), about)
        log(request, request.POST.get("as", "reply")[:32], box, earlier)
        prefill(draft, earlier, request.POST.get("as", "reply"))
    draft.save()
    if about and request.POST.get("as") in ("forward", "again"):
        carry_along(draft, earlier, request.POST["as"])
    return redirect("inbox:draft", box.name, draft.ref)


@require_http_methods(["GET", "HEAD", "POST"])
@in_box("send")
def draft(request: PersonRequest, box: Box, ref: str) -> HttpResponse:
    """The page of one draft: it is saved, sent, or thrown away."""
    held = draft_of(request, box, ref)
    form = WriteForm(request.POST if request.method == "POST" else None, initial=typed(held))
    if request.method == "POST" and request.POST.get("do") == "discard":
        held.delete()
        flash.success(request, _("The draft is thrown away."))
        return redirect("inbox:folder", box.name, "inbox")
    if request.method == "POST" and form.is_valid():
        held.keep(**form.cleaned_data)
        if request.headers.get("X-Background"):
            return JsonResponse({"saved": True})
        if request.POST.get("do") == "send" and (sent := send(request, held, form)):
            flash.success(request, _("On its way. Below stands what becomes of it."))
            return redirect("inbox:message", box.name, "outbox", sent.xuid)
        if request.POST.get("do") == "save":
            flash.success(request, _("Saved."))
            return redirect("inbox:draft", box.name, held.ref)
    elif request.headers.get("X-Background"):
        return JsonResponse({"errors": form.errors}, status=400)
    context = frame(request, box, Asked.of(request, box, BY_SLUG["inbox"]))
    more = {
        "draft": held,
        "form": form,
        "folder": None,
        "most": settings.MAX_CONTENT_BYTES,
        "suggested": suggested(box) if box.allows(request.user, "read") else [],
        "answered": held.answered,
    }
    status = 400 if form.errors else 200
    return render(request, "inbox/write.html", context | more, status=status)


def send(request: PersonRequest, held: Draft, form: WriteForm) -> Message | None:
    """Post the draft as a message; what is wrong with it becomes errors of the form.

    The draft's name is the idempotency key: pressing twice sends once.
    """
    to, cc = form.people("to"), form.people("cc")
    if not (to or cc) and not form.errors:
        form.add_error("to", _("Give at least one recipient."))
    if fault := too_large(held.size + len(held.text.encode())):
        form.add_error(None, fault)
    if not (held.text.strip() or held.files.exists()):
        form.add_error("text", _("Write something, or add a file."))
    for fault in faults_of(held.box, (*to, *cc)) if not form.errors else ():
        form.add_error("to", fault)
    if form.errors:
        return None
    try:
        with transaction.atomic():
            sent = Message.objects.post(
                held.box,
                envelope_of(held, to, cc),
                caller=request.user,
                idempotency_key=f"draft:{held.ref}",
            )
            if held.again and held.answered:
                corrected(request, held.answered, sent)
            held.delete()
    except Rejected as error:
        form.add_error("to" if error.field.startswith("to") else None, str(error))
        return None
    except Conflict:
        form.add_error(None, _("This draft was sent before in another form."))
        return None
    return sent


def faults_of(box: Box, people: tuple[Address, ...]) -> list[str]:
    """What keeps a message from these recipients, as far as is known before it leaves."""
    told = import_string(settings.ROADS_TOLD)([item.address for item in people], box)
    return [road["sentence"] for road in told if road["sentence"]]


def corrected(request: PersonRequest, failed: Message, sent: Message) -> None:
    """What failed asks nobody's attention any more: it went out anew."""
    person = request.user
    note = _("Corrected and sent again: %(xuid)s") % {"xuid": sent.xuid}
    Handling.objects.take_over(failed, person.subject, person.title)
    Handling.objects.finish(failed, person.subject, person.title, note)


def envelope_of(held: Draft, to: tuple[Address, ...], cc: tuple[Address, ...]) -> Envelope:
    """The receiver sees the box, and who wrote in its name."""
    writer = held.user.title
    return Envelope(
        to=to or cc,
        cc=cc if to else (),
        sender=Address(held.box.name, f"{held.box.title} ({writer})"[:255]),
        subject=held.subject,
        headers={"Written-By": writer},
        in_reply_to=held.in_reply_to,
        content_type="text/markdown" if held.markdown else "text/plain",
        content=held.text.replace("\r\n", "\n").encode(),
        attachments=tuple(
            Attachment(file.filename, file.content_type, file.content.read())
            for file in held.files.select_related("content")
        ),
    )


# -- files --


@csrf_exempt  # until it is known who asks: else a stranger's file would be read for its token
@require_POST
@in_box("send")
@csrf_protect
def attach(request: PersonRequest, box: Box, ref: str) -> HttpResponse:
    """Add the files of a form; a script asks for JSON and shows the progress."""
    held = draft_of(request, box, ref)
    faults, added = [], []
    for upload in request.FILES.getlist("files"):
        if fault := too_large(held.size + (upload.size or 0)):
            faults.append(f"{upload.name}: {fault}")
            continue
        kind = mimetypes.guess_type(upload.name or "")[0] or "application/octet-stream"
        added.append(held.attach(upload.name or _("file"), kind, upload.read()))
    if not (added or faults):
        faults.append(_("No file came along. Choose one and add it again."))
    if request.headers.get("X-Background"):
        files = [{"id": file.pk, "name": file.filename, "size": file.size} for file in added]
        return JsonResponse({"files": files, "errors": faults}, status=413 if faults else 200)
    for fault in faults:
        flash.error(request, fault)
    return redirect("inbox:draft", box.name, held.ref)


attach.takes_files = True


@require_POST
@in_box("send")
def detach(request: PersonRequest, box: Box, ref: str, pk: int) -> HttpResponse:
    held = draft_of(request, box, ref)
    DraftFile.objects.filter(draft=held, pk=pk).delete()
    if request.headers.get("X-Background"):
        return JsonResponse({"removed": True})
    return redirect("inbox:draft", box.name, held.ref)


# -- before sending --


@require_safe
@in_box("send")
def roads(request: PersonRequest, box: Box) -> JsonResponse:
    """Which road each typed recipient would take, and whether that is safe and allowed."""
    try:
        people = read_people(request.GET.get("to", "")[:20_000])
    except Exception as error:
        return JsonResponse({"error": " ".join(getattr(error, "messages", [str(error)]))})
    told = import_string(settings.ROADS_TOLD)([item.address for item in people[:50]], box)
    return JsonResponse({"roads": told})


def draft_of(request: PersonRequest, box: Box, ref: str) -> Draft:
    """A person's own draft; nobody sees another's."""
    found = Draft.objects.of(request.user, box).filter(ref=ref).first()
    if found is None:
        raise Http404(_("This draft is no longer here: it was sent or thrown away."))
    found.box = box
    return found


def typed(held: Draft) -> dict:
    names = ("to", "cc", "subject", "text", "markdown")
    return {name: getattr(held, name) for name in names}


def prefill(held: Draft, earlier: Message, manner: str) -> None:
    """A reply goes to who sent the message, or to whom a sent one went; *again* to those whom
    it did not reach."""
    held.answered = earlier
    if manner == "again":
        held.again = True
        spoiled = earlier.deliveries.filter(status__in=Delivery.SPOILED).order_by("n")
        held.to = ", ".join(spoiled.values_list("address", flat=True))
        held.subject, held.in_reply_to = earlier.subject, earlier.in_reply_to
        return
    mark = "Fwd:" if manner == "forward" else "Re:"
    again = earlier.subject.startswith(mark)
    held.subject = earlier.subject if again else f"{mark} {earlier.subject}".strip()[:998]
    if manner == "forward":
        return
    held.in_reply_to = earlier.xuid
    sender = {"address": earlier.from_address, "displayName": earlier.from_name}
    people = earlier.to if earlier.direction == Message.Direction.OUT else [sender]
    held.to = ", ".join(in_line(item) for item in people)


def in_line(item: dict) -> str:
    address, name = item.get("address", ""), item.get("displayName", "")
    plain = name.replace("<", "").replace(">", "").replace(",", " ").replace(";", " ").strip()
    return f"{plain} <{address}>" if plain and plain != address else address


def carry_along(held: Draft, earlier: Message, manner: str) -> None:
    """Its content and its files go along, byte for byte; text that is sent once more stays
    text that can be corrected."""
    if manner == "again" and earlier.content_type.partition(";")[0] in WRITTEN:
        held.keep(
            text=earlier.body().decode("utf-8", "replace"),
            markdown=earlier.content_type.startswith("text/markdown"),
        )
    else:
        suffix = mimetypes.guess_extension(earlier.content_type.partition(";")[0]) or ".bin"
        held.attach(f"{_('message')}{suffix}", earlier.content_type, earlier.body())
    for part in earlier.attachments.select_related("content"):
        held.attach(part.filename, part.content_type, part.body())


def suggested(box: Box) -> list[dict[str, str]]:
    """Whom this box corresponded with lately: addresses with their names."""
    found: dict[str, str] = {}
    newest = Message.objects.in_box(box).order_by("-id")
    rows = newest.values_list("direction", "from_address", "from_name", "to")[:SUGGESTED]
    for direction, address, name, to in rows:
        if direction == Message.Direction.IN:
            found.setdefault(address, name)
        else:
            for item in to if isinstance(to, list) else json.loads(to):
                found.setdefault(item.get("address", ""), item.get("displayName", ""))
    found.pop("", None)
    return [{"address": address, "name": name} for address, name in sorted(found.items())]
