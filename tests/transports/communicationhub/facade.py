"""A caller of the façade: paths of the hub, in any of its formats."""

import base64
import hashlib
import hmac
import json
import time

from django.test import Client

SECRET = "key-0123456789"


class HubCaller:
    """``authorization`` goes with each call; None for nobody."""

    def __init__(self, authorization: str | None = None) -> None:
        self.django = Client(raise_request_exception=False)
        self.authorization = authorization

    def post(self, path: str, body=b"", content_type="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask("POST", path, data, content_type, headers)

    def get(self, path: str, **headers):
        return self._ask("GET", path, b"", "", headers)

    def _ask(self, method, path, data, content_type, headers):
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.authorization and "Authorization" not in more:
            more["Authorization"] = self.authorization
        return self.django.generic(method, path, data, content_type=content_type, headers=more)


def token_of(key) -> str:
    return key.key.key_id + key.secret


def basic(name: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def signed(token: str = "token-0001", secret: str = SECRET, at: float | None = None) -> dict:
    """Time, token and signature as Mailgun makes them."""
    timestamp = str(int(time.time() if at is None else at))
    made = hmac.new(secret.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": timestamp, "token": token, "signature": made}
