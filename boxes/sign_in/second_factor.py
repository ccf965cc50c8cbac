"""Codes of an app, passkeys and recovery codes, with their secrets under our own keys."""

import base64
import hashlib
import hmac
import time
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from boxes import encryption
from boxes.models import User

PURPOSE = b"second factor"
SET_UP = "second_factor_set_up"
# An app's code is good for three half minutes; used, it is remembered for longer than that.
REMEMBERED = 180
SEALED_NAMES = ("secret", "seed")


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return base64.b64encode(encryption.encrypt(text.encode(), PURPOSE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises Undecryptable."""
        return encryption.decrypt(base64.b64decode(encrypted_text), PURPOSE).decode()

    def get_totp_label(self, user: Any) -> str:
        return user.username

    def get_public_key_credential_user_entity(self, user: Any) -> dict:
        entity = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": user.username, "display_name": user.title}


def is_shown(records: list[dict], session: SessionBase) -> bool:
    """Whether this sign-in had a second factor, or was made at the organization's provider.

    Setting one up proves it too.
    """
    return bool(session.get(SET_UP)) or any(
        record.get("method") in ("mfa", "socialaccount") for record in records
    )


def use_once(authenticator: Authenticator, code: str) -> bool:
    """Whether this code of an app was not used before, and from now on it was.

    In the database, because each web process has a cache of its own.
    """
    at = time.time()
    digest = hmac.new(settings.HASH_KEY, code.replace(" ", "").encode(), hashlib.sha256).hexdigest()
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        used = [item for item in row.data.get("used", []) if item[1] > at - REMEMBERED]
        if any(known == digest for known, _ in used):
            return False
        row.data["used"] = [*used, [digest, at]]
        row.save(update_fields=["data"])
    authenticator.data = row.data
    return True


def has_one(user: User) -> bool:
    return Authenticator.objects.filter(
        user=user, type__in=(Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    ).exists()


def reseal() -> tuple[int, list[str]]:
    """Bring each secret under the current key; returns how many, and what was wrong."""
    count, faults = 0, []
    adapter = SecondFactorAdapter()
    for pk in Authenticator.objects.values_list("pk", flat=True).order_by("pk"):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            behind = [name for name in SEALED_NAMES if row and _is_behind(row.data.get(name))]
            if row is None or not behind:
                continue
            try:
                for name in behind:
                    row.data[name] = adapter.encrypt(adapter.decrypt(row.data[name]))
            except encryption.Undecryptable as error:
                faults.append(f"Second factor {pk}: {error}")
                continue
            row.save(update_fields=["data"])
            count += 1
    return count, faults


def _is_behind(sealed: str | None) -> bool:
    return bool(sealed) and (
        encryption.key_id_of(base64.b64decode(sealed or "")) != encryption.current_key_id()
    )
