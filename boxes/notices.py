"""What the next page says of what was just done. It may name a patient, so it stands in no cookie,
and encrypted in the session: who signs in next at the same computer never sees it. It waits for the
page that the answer led to: another one, open beside it, would say it of another message."""

import json
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpResponseBase

from boxes import encryption

PURPOSE = b"notice"
# Seconds that one waits for a page that is not asked for after all.
PATIENCE = 600


class SealedStorage(SessionStorage):
    def _get(self, *args: Any, **kwargs: Any) -> tuple[list, bool]:
        told: list = []
        kept, self._of_others = self._kept(), []
        for page, since, said in kept:
            if time.time() >= since + PATIENCE:
                continue
            if page in ("", self.request.path):
                told += self.deserialize_messages(said) or []
            else:
                self._of_others.append([page, since, said])
        self._as_it_was = kept == self._of_others
        return told, True

    def _store(self, messages: Any, response: Any, *args: Any, **kwargs: Any) -> list:
        waiting = self._of_others
        if messages:
            waiting.append([_led_to(response), time.time(), self.serialize_messages(messages)])
        elif self._as_it_was:
            return []
        if waiting:
            sealed = encryption.encrypt(json.dumps(waiting).encode(), PURPOSE)
            self.request.session[self.session_key] = sealed.hex()
        else:
            self.request.session.pop(self.session_key, None)
        return []

    def update(self, response: HttpResponseBase) -> list | None:
        """A page that leads on at once passes on what it would have said."""
        if _led_to(response) and not self.used and self._kept() and len(self):
            self.added_new = True
        return super().update(response)

    def _kept(self) -> list:
        """Nothing where nothing was kept, or its key is gone."""
        sealed = self.request.session.get(self.session_key)
        try:
            return json.loads(encryption.decrypt(bytes.fromhex(sealed), PURPOSE)) if sealed else []
        except encryption.Undecryptable:
            return []


def _led_to(response: HttpResponseBase) -> str:
    """The path that an answer sends the browser to; empty where it is a page itself."""
    return unquote(urlsplit(response.get("Location", "")).path)
