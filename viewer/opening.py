"""Who opens which message: the checks of a token that need the database, and the log of it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest

from boxes.caller_address import caller_address
from boxes.models import ApiKey, Box, Content, LogEntry, Message, User
from boxes.models.prepared import Prepared, given
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
    box = Box.objects.opened(token.box, caller) if caller else None
    if caller is None or box is None or not box.allows(caller, "read"):
        raise TokenRefused("token_revoked", token.box)
    message = Message.objects.named(box, token.msg)
    content = Content.objects.held(message.content_id) if message else None
    if message is None or content is None:
        raise TokenRefused("message_gone", token.box)
    if message.is_closed:
        raise TokenRefused("message_moved", token.box)
    message.content = content
    return Opening(caller, message, token)


def caller_of(subject: str) -> ApiKey | User | None:
    """Whom a token's ``sub`` names, as long as they may come in at all."""
    kind, _, name = subject.partition(":")
    if kind == "key":
        key = ApiKey.objects.known(name)
        return key if key and key.is_usable else None
    if not name.isdecimal():
        return None
    return _ACTIVE.first(pk=int(name))


_ACTIVE: "Prepared[User]" = Prepared(
    lambda: User.objects.filter(pk=given("pk"), is_active=True).order_by()
)
