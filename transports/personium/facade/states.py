"""``__message/received/{id}``: read, unread, approved, rejected."""

from django.http import HttpRequest, HttpResponse

from boxes.caller_address import caller_address
from boxes.errors import WrongStatus
from boxes.models import LogEntry, Message
from transports.doors import read_body
from transports.models import CellMessage
from transports.personium.carried import MESSAGE
from transports.personium.facade.answers import nothing
from transports.personium.facade.callers import caller_of
from transports.personium.facade.entities import RECEIVED, Entity, etag_of
from transports.personium.facade.errors import wrong_field
from transports.personium.facade.fields import read_object
from transports.personium.facade.listing import entity_named

READING, DECIDING = ("read", "unread"), ("approved", "rejected")


def change(request: HttpRequest, cell: str, identifier: str) -> HttpResponse:
    caller = caller_of(request, cell, "read", "send")
    command = read_object(read_body(request), "PR400-CM-0004").get("Command")
    if command not in (*READING, *DECIDING):
        raise wrong_field("Command")
    message = entity_named(caller.box, RECEIVED, identifier)
    obey(message, command)
    LogEntry.objects.record(
        command, caller=caller.key, message=message, address=caller_address(request)[:45]
    )
    message = entity_named(caller.box, RECEIVED, identifier)
    return nothing(ETag=etag_of(message), DataServiceVersion="2.0")


def obey(message: Message, command: str) -> None:
    """Raises CellError where the command does not suit the message or comes too late."""
    is_message = Entity(message, RECEIVED)["Type"] == MESSAGE
    if is_message != (command in READING):
        raise wrong_field("Command")
    kept = CellMessage.objects.of(message)
    if command == "read":
        message.mark_read()
        kept.touch()
    elif command == "unread":
        message.mark_unread()
        kept.touch()
    else:
        try:
            kept.decide(command)
        except WrongStatus as error:
            raise wrong_field("Command") from error
        message.mark_read()
