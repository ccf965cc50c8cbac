"""Which mail server, and how to talk to it."""

import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address

from boxes.sentence import Sentence
from transports.wire.faults import Fault


@dataclass(frozen=True)
class Server:
    """A mail server and how to talk to it.

    ``security`` is ``tls`` (from the start), ``starttls`` or ``none``; with ``require_tls``
    none becomes starttls for every host but this one. ``origin`` names, in sentences, what
    a person has to mend: a setting or an account.
    """

    host: str
    port: int
    security: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    require_tls: bool = True
    ca_file: str = ""
    connect_timeout: float = 10
    timeout: float = 40
    our_name: str = "localhost"
    origin: str = "EMAIL_URL"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_this_host(self) -> bool:
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def effective_security(self) -> str:
        if self.security == "none" and self.require_tls and not self.is_this_host:
            return "starttls"
        return self.security

    def tls_context(self) -> ssl.SSLContext:
        """Verifies the server's certificate and name. Raises Fault."""
        try:
            return ssl.create_default_context(cafile=self.ca_file or None)
        except OSError:
            raise Fault(
                Sentence(
                    "EMAIL_CA_FILE (%(ca_file)s) holds no certificates that can be read, so "
                    "nothing was sent.",
                    plain="The mail server could not be trusted, so nothing was sent. Tell your "
                    "administrator.",
                    ca_file=self.ca_file,
                )
            ) from None
