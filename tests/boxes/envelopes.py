"""Envelopes as the tests write them."""

from boxes.envelope import Address, Envelope


def envelope_to(*addresses: str, content: bytes = b"Beste collega", **fields) -> Envelope:
    values = {"content_type": "text/plain", "subject": "Overleg", **fields}
    return Envelope(to=tuple(Address(item) for item in addresses), content=content, **values)
