"""What the next page says of what was just done. It may name a patient, so it stands in no cookie,
and encrypted in the session: who signs in next at the same computer never sees it."""

from typing import Any

from django.contrib.messages.storage.session import SessionStorage

from boxes import encryption

PURPOSE = b"notice"


class SealedStorage(SessionStorage):
    def serialize_messages(self, messages: Any) -> str:
        plain = super().serialize_messages(messages)
        return encryption.encrypt(plain.encode(), PURPOSE).hex()

    def deserialize_messages(self, data: Any) -> list:
        """None where nothing was kept, or its key is gone."""
        try:
            plain = encryption.decrypt(bytes.fromhex(data), PURPOSE) if data else b""
        except encryption.Undecryptable:
            return []
        return super().deserialize_messages(plain.decode()) or []
