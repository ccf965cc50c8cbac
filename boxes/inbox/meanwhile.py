"""What happened to a message while somebody has it open, for its page to say."""

from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from boxes.inbox.door import PersonRequest, in_box, message_of
from boxes.inbox.folders import BY_SLUG, BY_STATUS, Folder
from boxes.models import Box, Handling, Message, User


@require_safe
@in_box("read")
def meanwhile(request: PersonRequest, box: Box, folder: str, xuid: str) -> JsonResponse:
    """What an open page asks now and then; it compares the answer with what it was made with."""
    if folder not in BY_SLUG:
        raise Http404(_("There is no such folder."))
    return JsonResponse({"said": happened(message_of(box, xuid), request.user, BY_SLUG[folder])})


def happened(message: Message, reader: User, shown_in: Folder) -> str:
    """What a colleague did with it, where it went, and that a later report replaces it."""
    if message.is_closed:
        return message.misdelivery.sentence
    said = []
    others = Handling.objects.filter(message=message).exclude(holder__in=("", reader.subject))
    if held := others.first():
        said.append(held.refusal())
    if message.status != shown_in.status:
        said.append(_("It is now in: %(folder)s.") % {"folder": BY_STATUS[message.status].title})
    if message.replaced_by_id:
        said.append(_("A later report replaces this one."))
    return " ".join(said)
