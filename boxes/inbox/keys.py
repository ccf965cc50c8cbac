"""The keys of the web inbox: one table for its pages, their script and the guide."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Key:
    """``does`` is what static/js/keys.js calls it; two letters are pressed one after the other."""

    pressed: str
    does: str
    words: Promise | str

    @property
    def letters(self) -> list[str]:
        return self.pressed.split()


KEYS = (
    Key("j", "next", _("next message")),
    Key("k", "previous", _("previous message")),
    Key("o", "open", pgettext_lazy("key", "open")),
    Key("u", "back", _("back to the list")),
    Key("x", "choose", _("choose")),
    Key("e", "archive", pgettext_lazy("key", "archive")),
    Key("U", "unread", _("mark as unread")),
    Key("r", "reply", _("reply")),
    Key("a", "replyall", _("reply to all")),
    Key("p", "print", _("print")),
    Key("d", "download", _("download")),
    Key("/", "search", _("search")),
    Key("g i", "inbox", _("to the inbox")),
    Key("g a", "archived", _("to the archive")),
    Key("?", "keys", _("this list")),
)
