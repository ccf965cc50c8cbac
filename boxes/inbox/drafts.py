"""Finding a draft again, and what is said of one that was sent or thrown away."""

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from boxes.inbox.door import NotHere, PersonRequest
from boxes.inbox.folders import BY_STATUS
from boxes.inbox.forms import WriteForm
from boxes.models import Box, Draft, Message
from boxes.models.draft import key_of


class NoDraft(NotHere):
    """A draft was sent or thrown away, perhaps in another tab."""

    def __init__(self, sentence: str = "", address: str = "") -> None:
        super().__init__(sentence or _("This draft is no longer here: it was sent or thrown away."))
        self.address = address


def draft_of(request: PersonRequest, box: Box, ref: str) -> Draft:
    """A person's own draft; nobody sees another's. Raises DoesNotExist."""
    found = Draft.objects.of(request.user, box).get(ref=ref)
    found.box = box
    return found


def found_draft(request: PersonRequest, box: Box, ref: str) -> Draft:
    """Raises NoDraft."""
    try:
        return draft_of(request, box, ref)
    except Draft.DoesNotExist:
        raise NoDraft from None


def gone(request: PersonRequest, box: Box, ref: str) -> HttpResponse:
    """To the message that a draft became, for who never saw the answer to having sent it; what
    was typed since is given back. Raises NoDraft."""
    sent = Message.objects.posted_as(key_of(ref), box, request.user)
    if sent is None:
        raise NoDraft
    address = reverse("inbox:message", args=(box.name, BY_STATUS[sent.status].slug, sent.xuid))
    same = request.method != "POST" or holds(sent, WriteForm(request.POST))
    if same and box.allows(request.user, "read") and not request.headers.get("X-Background"):
        flash.success(request, _("This was sent already, once. Below stands what becomes of it."))
        return redirect(address)
    readable = address if box.allows(request.user, "read") else ""
    raise NoDraft(_("This draft was sent already; what is typed now did not go along."), readable)


def holds(sent: Message, form: WriteForm) -> bool:
    """Whether what was typed is what was sent."""
    if not form.is_valid():
        return False
    to, cc = form.people("to"), form.people("cc")
    typed = [{one.address for one in people} for people in (to or cc, cc if to else ())]
    went = [{one["address"] for one in people} for people in (sent.to, sent.cc)]
    text = form.cleaned_data["text"].replace("\r\n", "\n").encode()
    return typed == went and form.cleaned_data["subject"] == sent.subject and text == sent.body()
