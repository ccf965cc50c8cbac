"""Who opens which message: the checks of a token that need the database, and the log of it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest

from boxes.caller_address import caller_address
from boxes.models import ApiKey, Box, LogEntry, Message, User
from boxes.tokens import Token, TokenRefused

AToken = TypeVar("AToken", bound=Token)


@dataclass(frozen=True)
class Opening(Generic[AToken]):
    """A message, and on whose word it is shown."""

    caller: ApiKey | User
    message: Message
    token: AToken

    def record(self, request: HttpRequest, action: str, detail: str = "") -> None:
        LogEntry.objects.record(
            action,
            caller=self.caller,
            on_behalf=self.token.obo,
            message=self.message,
            address=caller_address(request),
            detail=detail,
        )


def open_message(token: AToken) -> Opening[AToken]:
    """The message of a token that was checked. Raises TokenRefused when it is no longer open."""
    caller = caller_of(token.sub)
    box = Box.objects.open_to(caller).filter(name=token.box).first() if caller else None
    if caller is None or box is None or not box.allows(caller, "read"):
        raise TokenRefused("token_revoked", token.box)
    message = (
        Message.objects.filter(box_id=box.pk, xuid=token.msg).select_related("content").first()
    )
    if message is None:
        raise TokenRefused("message_gone", token.box)
    message.box = box
    return Opening(caller, message, token)


def caller_of(subject: str) -> ApiKey | User | None:
    """Whom a token's ``sub`` names, as long as they may come in at all."""
    kind, _, name = subject.partition(":")
    if kind == "key":
        key = ApiKey.objects.filter(key_id=name).first()
        return key if key and key.is_usable else None
    if not name.isdecimal():
        return None
    return User.objects.filter(pk=int(name), is_active=True).first()
