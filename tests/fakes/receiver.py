"""Software that takes webhooks: it checks each signature as the scheme's own library does."""

import json

from standardwebhooks import Webhook as Scheme

from tests.fakes.http import HttpFake, Reply, Request


class FakeReceiver(HttpFake):
    """``received`` holds the events whose signature was right, in the order they came."""

    name = "receiver"
    path = "/hook"

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.secret = ""
        self.says = Reply(204)

    def answer(self, request: Request) -> Reply:
        if self.secret:
            Scheme(self.secret).verify(request.body, request.headers)
        if 200 <= self.says.status < 300:
            self.received.append(json.loads(request.body))
        return self.says
