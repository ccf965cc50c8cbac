"""One event to one webhook, signed by the Standard Webhooks scheme; no Django models in it.

The receiver checks three headers: the identifier, the same at each repetition; the moment of
this attempt; and an HMAC over both and the body, under a secret that only the two know.
"""

import base64
import hmac
import time
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

from boxes.sentence import Sentence
from transports.wire.faults import Doubt, Fault
from transports.wire.http import Site, call

GONE = 410

INSIDE = gettext_noop(
    "%(name)s lies in a private network, to which nothing is sent. Check %(origin)s."
)
REFUSED = gettext_noop("%(name)s answered %(status)s. Check %(origin)s.")
REDIRECTED = gettext_noop(
    "%(name)s answered %(status)s, but redirects are not followed. Check %(origin)s."
)
REFUSALS = {
    **dict.fromkeys((301, 302, 303, 307, 308), REDIRECTED),
    GONE: gettext_noop("%(name)s answered %(status)s: it wants no more events. Check %(origin)s."),
}


class NotTaken(Exception):
    """The receiver did not say that it has the event; ``gone``: it wants no more of them."""

    def __init__(self, sentence: str, *, status: int | None = None, gone: bool = False) -> None:
        super().__init__(sentence)
        self.status = status
        self.gone = gone


@dataclass(frozen=True)
class Receiver:
    site: Site
    secret: str

    def post(self, identifier: str, body: bytes) -> int:
        """The status by which the receiver says that it has the event. Raises NotTaken."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "MessageBox",
            **signature(self.secret, identifier, int(time.time()), body),
        }
        try:
            answer = call(self.site, "POST", headers=headers, body=body)
        except Fault as error:
            # Where a name leads to inside is nobody's business who only chose the name.
            if error.permanent:
                raise NotTaken(self._sentence(INSIDE)) from error
            raise NotTaken(str(error)) from error
        except Doubt as error:
            raise NotTaken(str(error)) from error
        if 200 <= answer.status < 300:
            return answer.status
        said = REFUSALS.get(answer.status, REFUSED)
        raise NotTaken(
            self._sentence(said, status=answer.status),
            status=answer.status,
            gone=answer.status == GONE,
        )

    def _sentence(self, said: str, **facts: Any) -> Sentence:
        return Sentence(said, name=self.site.name, origin=self.site.origin, **facts)


def signature(secret: str, identifier: str, moment: int, body: bytes) -> dict[str, str]:
    """The three headers."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{identifier}.{moment}.".encode() + body
    digest = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{digest}",
    }
