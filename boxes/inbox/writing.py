"""Writing: a draft that saves itself, its files, and the moment it is sent."""

import functools
import mimetypes
from collections.abc import Callable, Sequence

from django.conf import settings
from django.contrib import messages as flash
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from boxes.envelope import Address, Attachment, Envelope
from boxes.errors import Conflict, Overtaken, Rejected
from boxes.inbox.answers import carry_along, not_reached, take_over, unseen_among
from boxes.inbox.asked import Asked
from boxes.inbox.door import (
    PersonRequest,
    in_box,
    log,
    onwards,
    open_message_of,
    opened,
    signed_in,
)
from boxes.inbox.drafts import NoDraft, draft_of, found_draft, gone
from boxes.inbox.folders import BY_SLUG, BY_STATUS
from boxes.inbox.forms import WriteForm, read_people, too_large, too_many
from boxes.inbox.pages import frame
from boxes.inbox.people import found_by, in_field, offered, told
from boxes.inbox.rows import Row
from boxes.models import Box, Draft, DraftFile, Handling, Message
from boxes.models.draft import REF, Page, key_of, new_ref

MANNERS = {"reply": "reply", "all": "reply", "forward": "forward", "again": "again"}


@require_safe
@in_box("send")
def drafts(request: PersonRequest, box: Box) -> HttpResponse:
    context = frame(request, box, Asked.of(request, box, BY_SLUG["inbox"]))
    found = Draft.objects.begun(request.user, box).prefetch_related("files")
    return render(request, "inbox/drafts.html", context | {"found": found, "folder": None})


@require_POST
@in_box("send")
def begin(request: PersonRequest, box: Box) -> HttpResponse:
    """A new draft: empty, or an answer to or a copy of a message of this box."""
    manner = request.POST.get("as", "reply")
    if manner not in MANNERS:  # the word that the log takes
        raise Http404(_("There is no such move."))
    draft = Draft(box=box, user=request.user)
    about = request.POST.get("about", "")
    earlier = open_message_of(opened(request, box.name, "read"), about) if about else None
    if manner == "again" and (earlier is None or earlier.direction != Message.Direction.OUT):
        raise Http404(_("There is no such move."))
    if earlier is not None and earlier.is_withdrawn and manner == "again":
        flash.error(request, earlier.why_withdrawn)
        return onwards(request, earlier)
    Draft.objects.clear(request.user, box)
    with transaction.atomic():
        if earlier is not None:
            earlier.hold_open()  # else what was just moved away would stay here in a draft
            log(request, MANNERS[manner], box, earlier)
            take_over(draft, earlier, manner)
        draft.save()
        if earlier is not None and manner in ("forward", "again"):
            carry_along(draft, earlier, manner)
    if earlier is not None and manner == "again":
        say_who_would_be_seen(request, earlier)
    return redirect("inbox:draft", box.name, draft.ref)


def say_who_would_be_seen(request: PersonRequest, earlier: Message) -> None:
    if unseen := unseen_among(not_reached(earlier), earlier):
        sentence = _(
            "This went to %(people)s unseen by the others. Whoever stands under “To” is seen by "
            "all: take them out there, and write to them apart."
        )
        flash.warning(request, sentence % {"people": ", ".join(unseen)})


def unless_overtaken(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What another page saved is not overwritten unasked: it is said, and both texts stay."""

    @functools.wraps(view)
    def page(request: PersonRequest, box: Box, ref: str, **kwargs) -> HttpResponse:
        try:
            return view(request, box, ref, **kwargs)
        except Overtaken as error:
            held = found_draft(request, box, ref)
            if request.headers.get("X-Background"):
                return JsonResponse({"changed": str(error), "by": held.saved_by}, status=409)
            return page_of(request, held, WriteForm(request.POST), over=held.saved_by)

    return page


def page_in(request: PersonRequest) -> Page | None:
    """The page that a form comes from; *over* says which other one it knowingly overwrites."""
    given = request.POST
    seen = given.get("over") or given.get("seen", "")
    return Page.read(given.get("page", ""), seen)


@require_http_methods(["GET", "HEAD", "POST"])
@in_box("send")
@unless_overtaken
def draft(request: PersonRequest, box: Box, ref: str) -> HttpResponse:
    """The page of one draft: it is saved, sent, or thrown away."""
    try:
        return written(request, box, draft_of(request, box, ref))
    except Draft.DoesNotExist:
        return gone(request, box, ref)


def written(request: PersonRequest, box: Box, held: Draft) -> HttpResponse:
    """Raises DoesNotExist when the draft was sent or thrown away meanwhile."""
    form = WriteForm(request.POST if request.method == "POST" else None, initial=typed(held))
    if request.method == "POST" and request.POST.get("do") == "discard":
        came_along(request, held)
        if not (request.POST.get("sure") or held.is_empty):
            request.session["sure"] = held.ref
            return redirect("inbox:draft", box.name, held.ref)
        held.delete()
        flash.success(request, _("The draft is thrown away."))
        return redirect("inbox:folder", box.name, "inbox")
    if request.method == "POST" and form.is_valid():
        held.keep(page_in(request), **form.cleaned_data)
        if request.headers.get("X-Background"):
            return JsonResponse({"saved": True})
        if request.POST.get("do") == "send" and (sent := send(request, held, form)):
            flash.success(request, _("On its way. Below stands what becomes of it."))
            return redirect("inbox:message", box.name, "outbox", sent.xuid)
        if request.POST.get("do") == "add" and (one := request.POST.get("add", "")[:1000]):
            held.keep(to=in_field([held.to.strip().rstrip(",;"), one]))
            return redirect("inbox:draft", box.name, held.ref)
        if request.POST.get("do") == "save" or "over" in request.POST:
            flash.success(request, _("Saved."))
            return redirect("inbox:draft", box.name, held.ref)
    elif request.method == "POST" and request.headers.get("X-Background"):
        return JsonResponse({"errors": form.errors}, status=400)
    return page_of(request, held, form)


def page_of(request: PersonRequest, held: Draft, form: WriteForm, over: str = "") -> HttpResponse:
    """``over`` marks the page that saved what this one has not seen."""
    context = frame(request, held.box, Asked.of(request, held.box, BY_SLUG["inbox"]))
    more = {
        "draft": held,
        "form": form,
        "page": page_in(request) or Page(new_ref(), held.saved_by),
        "over": over,
        "folder": None,
        "most": settings.MAX_CONTENT_BYTES,
        "offered": offered(held.box, request.user),
        "ways": ways_of(held, form),
        "said": request.POST.getlist("aware"),
        "sure": request.method == "GET" and request.session.pop("sure", None) == held.ref,
        "heading": heading_of(held),
        "earlier": earlier_of(held, request) if held.answered else None,
    }
    status = 409 if over else 400 if form.errors else 200
    return render(request, "inbox/write.html", context | more, status=status)


def send(request: PersonRequest, held: Draft, form: WriteForm) -> Message | None:
    """Post the draft as a message; what is wrong with it becomes errors of the form.

    The draft's name is the idempotency key: pressing twice sends once.
    """
    to, cc = form.people("to"), form.people("cc")
    if not (to or cc) and not form.errors:
        form.add_error("to", _("Give at least one recipient."))
    if fault := too_many(len(to) + len(cc)):
        form.add_error("to", fault)
    if request.POST.get("files"):  # its name alone, as the form without script gives it
        form.add_error(None, _("A file was chosen and not added. Choose it again and press Add."))
    if fault := too_large(held.size + len(held.text.encode())):
        form.add_error(None, fault)
    if not (held.text.strip() or held.files.exists()):
        form.add_error("text", _("Write something, or add a file."))
    ways = roads_of(held.box, (*to, *cc)) if not form.errors else []
    for fault in (road["sentence"] for road in ways if road["sentence"]):
        form.add_error("to", fault)
    if not form.errors and not set(unsafe_among(ways)) <= set(request.POST.getlist("aware")):
        form.add_error("to", _("Tick that you know by which road this goes, and send again."))
    if held.again and held.answered and held.answered.is_withdrawn:
        form.add_error(None, held.answered.why_withdrawn)
    if form.errors:
        return None
    try:
        with transaction.atomic():
            if not held.goes_with(request.POST.getlist("shown")):
                raise OtherFiles
            sent = Message.objects.post(
                held.box,
                envelope_of(held, to, cc),
                caller=request.user,
                idempotency_key=key_of(held.ref),
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


class OtherFiles(Rejected):
    """A file came or went that the page did not show: one that was taken back when it had
    arrived, or what another tab did."""

    def __init__(self) -> None:
        sentence = _(
            "Not sent yet: this message has other files than the page showed. Below stand those "
            "that it has now; see that they are right, and send it."
        )
        super().__init__(sentence)


def roads_of(box: Box, people: Sequence[Address]) -> list[dict]:
    """By which road each would be reached, and what keeps a message from it."""
    found = import_string(settings.ROADS_TOLD)([item.address for item in people], box)
    for road in found:  # of several recipients one has to see whom it is about
        if road["sentence"] and road["address"] not in road["sentence"]:
            road["sentence"] = f"{road['address']}: {road['sentence']}"
    return found


def unsafe_among(told: list[dict]) -> list[str]:
    """The addresses that may be reached, by a road that is not made for care."""
    return [road["address"] for road in told if not (road["safe"] or road["sentence"])]


def ways_of(held: Draft, form: WriteForm) -> list[dict]:
    """The road of each recipient that was saved; none where it cannot be told yet."""
    if form.errors.keys() - {"to"}:
        return []
    try:
        people = [one for name in ("to", "cc") for one in read_people(form[name].value() or "")]
    except ValidationError:
        return []
    return [] if too_many(len(people)) else roads_of(held.box, people)


def corrected(request: PersonRequest, failed: Message, sent: Message) -> None:
    """What failed asks nobody's attention any more: it went out anew."""
    person = request.user
    note = _("Corrected and sent again: %(xuid)s") % {"xuid": sent.xuid}
    Handling.objects.conclude(failed, person.subject, person.title, note)


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
@signed_in
@csrf_protect
@in_box("send")
@unless_overtaken
def attach(request: PersonRequest, box: Box, ref: str) -> HttpResponse:
    """Add the files of a form; a script asks for JSON and shows the progress."""
    held = found_draft(request, box, ref)
    if (form := came_along(request, held)).errors:
        return page_of(request, held, form)
    faults, added, mark = [], [], given_mark(request)
    known = bool(mark) and held.files.filter(mark=mark).exists()
    for upload in request.FILES.getlist("files"):
        if not known and (fault := too_large(held.size + (upload.size or 0))):
            faults.append(f"{upload.name}: {fault}")
            continue
        kind = mimetypes.guess_type(upload.name or "")[0] or "application/octet-stream"
        try:
            added.append(held.attach(upload.name or _("file"), kind, upload.read(), mark))
        except Draft.DoesNotExist:
            raise NoDraft from None
    if not (added or faults):
        faults.append(_("No file came along. Choose one and add it again."))
    if request.headers.get("X-Background"):
        files = [
            {
                "name": file.filename,
                "size": file.size,
                "shown": filesizeformat(file.size),
                "mark": file.mark,
            }
            for file in added
        ]
        return JsonResponse({"files": files, "errors": faults}, status=413 if faults else 200)
    for fault in faults:
        flash.error(request, fault)
    return redirect("inbox:draft", box.name, held.ref)


attach.takes_files = True  # type: ignore[attr-defined]


def given_mark(request: PersonRequest) -> str:
    """Of the one file that a script adds; without script a form brings several, and no mark."""
    mark = request.POST.get("mark", "")
    return mark if len(request.FILES.getlist("files")) == 1 and REF.fullmatch(mark) else ""


@require_POST
@in_box("send")
@unless_overtaken
def detach(request: PersonRequest, box: Box, ref: str, mark: str) -> HttpResponse:
    held = found_draft(request, box, ref)
    if (form := came_along(request, held)).errors:
        return page_of(request, held, form)
    DraftFile.objects.filter(draft=held, mark=mark).delete()
    if request.headers.get("X-Background"):
        return JsonResponse({"removed": True})
    return redirect("inbox:draft", box.name, held.ref)


def came_along(request: PersonRequest, held: Draft) -> WriteForm:
    """Without script a file comes and goes with the whole form: what was typed is saved too."""
    if "text" not in request.POST:
        return WriteForm(initial=typed(held))
    form = WriteForm(request.POST)
    if form.is_valid():
        try:
            held.keep(page_in(request), **form.cleaned_data)
        except Draft.DoesNotExist:
            raise NoDraft from None
    return form


# -- before sending --


@require_safe
@in_box("send")
def people(request: PersonRequest, box: Box) -> JsonResponse:
    """Whom the typed words find, each with its road and whether that is safe."""
    named = found_by(box, request.user, request.GET.get("q", "")[:200].replace("\0", ""))
    return JsonResponse({"people": told(box, named)})


@require_POST  # so that no address of a person comes into the log of a proxy
@in_box("send")
def roads(request: PersonRequest, box: Box) -> JsonResponse:
    """Which road each typed recipient would take, and whether that is safe and allowed."""
    try:
        named = [
            *read_people(request.POST.get("to", "")[:20_000]),
            *read_people(request.POST.get("cc", "")[:20_000]),
        ]
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)})
    if fault := too_many(len(named)):
        return JsonResponse({"error": fault})
    return JsonResponse({"roads": roads_of(box, named)})


def heading_of(held: Draft) -> str:
    if held.again:
        return _("Correct and send again")
    if held.in_reply_to:
        return _("Reply")
    return _("Forward") if held.answered else _("New message")


def earlier_of(held: Draft, request: PersonRequest) -> Row | None:
    """The message that this is about, for who may read it."""
    if held.answered is None or not held.box.allows(request.user, "read"):
        return None
    slug = BY_STATUS[held.answered.status].slug
    address = reverse("inbox:message", args=(held.box.name, slug, held.answered.xuid))
    return Row(held.answered, unread=False, address=address)


def typed(held: Draft) -> dict:
    names = ("to", "cc", "subject", "text", "markdown")
    return {name: getattr(held, name) for name in names}
