"""What must be true of the roads before the service starts."""

import re

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from transports.base import Transport
from transports.doorbell import STRETCH
from transports.registry import transports
from transports.webhooks.telling import TURN

DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]{1,63}"


@register()
def transports_exist(app_configs, **kwargs) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    names: set[str] = set()
    for path in settings.TRANSPORTS:
        try:
            transport = import_string(path)
        except ImportError as error:
            found.append(Error(f"TRANSPORTS: {path}: {error}", id="transports.E001"))
            continue
        if not issubclass(transport, Transport) or not transport.name:
            found.append(Error(f"{path} is no Transport with a name.", id="transports.E002"))
        elif transport.name in names:
            found.append(Error(f"Two transports are named {transport.name}.", id="transports.E003"))
        names.add(transport.name)
    return found


@register()
def attempts_end_in_time(app_configs, **kwargs) -> list[CheckMessage]:
    """A worker that the queue kills in the middle of a hand-over leaves a doubt."""
    try:
        road = max(transports(), key=lambda road: road.longest_attempt())
    except (ImportError, AttributeError, TypeError):
        return []  # transports_exist says so
    longest = STRETCH + road.longest_attempt()
    limit = settings.QUEUE_TIMEOUT
    if longest < limit < settings.CLAIM_SECONDS + STRETCH:
        return []
    return [
        Error(
            f"An attempt by {road.title} may take {longest:.0f} s, the queue ends it after "
            f"{limit} s and its claim after {settings.CLAIM_SECONDS:.0f} s.",
            hint="Lower ROADS_TIMEOUT, EMAIL_TIMEOUT or EMAIL_CONNECT_TIMEOUT, or raise "
            "CLAIM_SECONDS.",
            id="transports.E004",
        )
    ]


@register()
def webhooks_end_in_time(app_configs, **kwargs) -> list[CheckMessage]:
    longest = STRETCH + TURN + settings.WEBHOOK_TIMEOUT
    if settings.WEBHOOK_TIMEOUT > 0 and longest < settings.QUEUE_TIMEOUT:
        return []
    return [
        Error(
            f"Posting to webhooks may take {longest:.0f} s, and the queue ends it after "
            f"{settings.QUEUE_TIMEOUT} s.",
            hint="Lower WEBHOOK_TIMEOUT, to a number of seconds above 0.",
            id="transports.E006",
        )
    ]


@register()
def mail_domain_is_a_domain(app_configs, **kwargs) -> list[CheckMessage]:
    if not settings.MAIL_DOMAIN or re.fullmatch(DOMAIN, settings.MAIL_DOMAIN):
        return []
    return [
        Error(
            f"MAIL_DOMAIN “{settings.MAIL_DOMAIN}” is not a domain name.",
            hint="Write it as mail.example.org, without @ and without a scheme.",
            id="transports.E005",
        )
    ]
