"""An organization's OpenID Connect provider: one that others wrote, in a process of its own.

with Provider() as provider:
    provider.knows("anna-1", preferred_username="ann", groups=["assistants"])
    callback = provider.signs_in("anna-1", where)   # where: what our page redirects to
"""

import re
import subprocess
import sys
from typing import Self

import requests

PATIENCE = 30


class Provider:
    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", line):
                self.url = found[1]
                return self
        raise RuntimeError(f"The provider did not start: {''.join(said)}")

    def __exit__(self, *args: object) -> None:
        self.process.terminate()
        self.process.communicate()

    def settings(self, **more: str) -> dict:
        """What OIDC_PROVIDERS says of it."""
        return {
            "id": "zorggroep",
            "name": "Zorggroep De Linde",
            "url": self.url,
            "client_id": "messagebox",
            "client_secret": "geheim",
            **more,
        }

    def knows(self, sub: str, **claims: object) -> None:
        answer = requests.put(f"{self.url}/users/{sub}", json=claims, timeout=PATIENCE)
        answer.raise_for_status()

    def signs_in(self, sub: str, where: str) -> str:
        """The person allows it; returns where the provider sends the browser."""
        return self._answered(where, {"sub": sub})

    def refuses(self, where: str) -> str:
        return self._answered(where, {"action": "deny"})

    def _answered(self, where: str, form: dict[str, str]) -> str:
        answer = requests.post(where, data=form, allow_redirects=False, timeout=PATIENCE)
        return answer.headers["Location"]
