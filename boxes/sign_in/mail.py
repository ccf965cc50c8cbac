import ssl
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

NEAR = ("localhost", "127.0.0.1", "::1")


class Backend(EmailBackend):
    """Django's own mail by the server of EMAIL_URL, as safe as the mail of boxes goes there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.EMAIL_REQUIRE_TLS and self.host not in NEAR and not self.use_ssl:
            self.use_tls = True

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=settings.EMAIL_CA_FILE or None)
