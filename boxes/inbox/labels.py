"""The labels of a message: its properties, as people set, change and remove them."""

from django.conf import settings
from django.contrib import messages as flash
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from boxes.errors import WrongStatus
from boxes.inbox import kept
from boxes.inbox.asked import slip_in_number
from boxes.inbox.door import PersonRequest, in_box, log, onwards, open_message_of
from boxes.inbox.suggested import values_for
from boxes.models import Box, Message, Property
from boxes.models.property import MAX_NAME, MAX_VALUE
from boxes.summary import patient_number
from boxes.xuid import is_xuid


@require_POST
@in_box("read")
def label(request: PersonRequest, box: Box, xuid: str) -> HttpResponse:
    """Set, change or remove one. ``was`` is the value that the page showed: what somebody
    changed meanwhile is not overwritten, and what was typed is given back."""
    message = open_message_of(box, xuid)
    name, value = (request.POST.get(part, "").strip() for part in ("name", "value"))
    if "was" in request.POST:
        name = name_of_shown(message, request.POST.get("name", ""))
    act = remove if request.POST.get("remove") else put
    try:
        with transaction.atomic():
            message.hold_open()
            said, before = act(request, message, name, value)
    except WrongStatus as error:
        flash.error(request, str(error))
        if act is put:
            kept.keep(request.session, "label", xuid, name=name, value=value)
    else:
        flash.success(request, said)
        if before is not None:
            request.session["undo"] = {"move": "label", "xuids": [xuid]}
            kept.keep(request.session, "undo", xuid, name=name, value=before)
    return onwards(request, message)


def put(request: PersonRequest, message: Message, name: str, value: str) -> tuple[str, str | None]:
    """What to say, and the value that an undo brings back."""
    if fault := fault_in_label(name, value):
        raise WrongStatus(fault)
    value = plain(name, value)
    held = value_of(message, name)
    if "was" in request.POST:
        refuse_unless(held, request.POST["was"], name)
    if held is None and Property.objects.filter(message=message).count() >= settings.MAX_PROPERTIES:
        raise WrongStatus(
            _("A message has at most %(limit)d labels.") % {"limit": settings.MAX_PROPERTIES}
        )
    Property.objects.put(message, name, value)
    log(request, "property", message.box, message, detail=name)
    if held is None:
        return _("The label %(name)s is added.") % {"name": name}, None
    facts = {"name": name, "value": value, "before": held}
    return _("The label %(name)s is now “%(value)s”; it was “%(before)s”.") % facts, held


def remove(
    request: PersonRequest, message: Message, name: str, _value: str
) -> tuple[str, str | None]:
    name = name.replace("\0", "")  # which no database takes
    held = value_of(message, name)
    if held is not None:
        refuse_unless(held, request.POST.get("was", held), name)
    Property.objects.filter(message=message, name=name).delete()
    log(request, "property", message.box, message, detail=f"removed {name}")
    return _("The label %(name)s is removed.") % {"name": name}, held


def value_of(message: Message, name: str) -> str | None:
    """None where the message has no such label."""
    found = Property.objects.filter(message=message, name=name)
    return found.values_list("value", flat=True).first()


def name_of_shown(message: Message, given: str) -> str:
    """The name as it is written: a form gives back other blanks than software may have put."""
    names = list(Property.objects.filter(message=message).values_list("name", flat=True))
    alike = [name for name in names if blanks_alike(name) == blanks_alike(given)]
    return given if given in names or not alike else alike[0]


def blanks_alike(text: str) -> str:
    return " ".join(text.split())


def refuse_unless(held: str | None, shown: str, name: str) -> None:
    """Raises WrongStatus where the label is no longer as the page showed it."""
    if held is None:
        raise WrongStatus(
            _(
                "Somebody removed the label %(name)s meanwhile. What you typed stands below: "
                "add it again, or leave it."
            )
            % {"name": name}
        )
    if blanks_alike(held) != blanks_alike(shown):
        raise WrongStatus(
            _("Somebody changed the label %(name)s meanwhile, to “%(value)s”. Look again.")
            % {"name": name, "value": held}
        )


def fault_in_label(name: str, value: str) -> str:
    """Why this cannot be a property; empty when it can."""
    if not name:
        return _("Give the label a name.")
    if len(name) > MAX_NAME or len(value) > MAX_VALUE:
        return _("A label has a name of at most %(name)d and a value of at most %(value)d.") % {
            "name": MAX_NAME,
            "value": MAX_VALUE,
        }
    if "\0" in name + value:
        return _("A label cannot hold this character.")
    return slip_in_number(value) if name.casefold() == "bsn" else ""


def plain(name: str, value: str) -> str:
    """A BSN is kept as it is searched by, however it was typed."""
    return patient_number(value) if name.casefold() == "bsn" else value


@require_safe
@in_box("read")
def values(request: PersonRequest, box: Box) -> JsonResponse:
    """What the field of a label's value offers, for the message of the page."""
    xuid = request.GET.get("about", "")
    about = Message.objects.in_box(box).filter(xuid=xuid).first() if is_xuid(xuid) else None
    name = request.GET.get("name", "").replace("\0", "")[:MAX_NAME]
    return JsonResponse({"values": values_for(box, name, about)})
