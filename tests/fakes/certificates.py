"""Certificates of an authority of our own, sound ones and broken ones."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

KINDS = ("sound", "expired", "other host", "unknown authority")


class Authority:
    """Signs for the servers of one run; ``ca_file`` is what their clients have to trust."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.ca_file = folder / "authority.pem"
        self.ca.cert_pem.write_to_path(str(self.ca_file))

    def context(self, kind: str = "sound") -> ssl.SSLContext:
        """For a server on this host, with a certificate of one of the KINDS."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._certificate(kind).configure_cert(context)
        return context

    def _certificate(self, kind: str) -> trustme.LeafCert:
        here = ("localhost", "127.0.0.1")
        if kind == "sound":
            return self.ca.issue_cert(*here)
        if kind == "expired":
            now = datetime.now(UTC)
            return self.ca.issue_cert(
                *here, not_before=now - timedelta(days=90), not_after=now - timedelta(days=1)
            )
        if kind == "other host":
            return self.ca.issue_cert("mail.elsewhere.example")
        if kind == "unknown authority":
            return trustme.CA().issue_cert(*here)
        raise ValueError(f"no certificate is {kind}; there are {', '.join(KINDS)}")
