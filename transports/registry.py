"""Which road an address takes: the first transport, in the order of the settings, that accepts."""

import functools

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from boxes.models import Box
from boxes.sentence import Sentence
from transports.base import Refused, Transport


@functools.lru_cache(maxsize=8)
def _instances(paths: tuple[str, ...]) -> tuple[Transport, ...]:
    return tuple(import_string(path)() for path in paths)


def transports() -> tuple[Transport, ...]:
    return _instances(tuple(settings.TRANSPORTS))


def transport_for(address: str, sender: Box) -> Transport:
    """Raises Refused, for good, when no road leads to the address."""
    for transport in transports():
        if transport.accepts(address, sender):
            return transport
    raise Refused(no_road(address), permanent=True)


def no_road(address: str) -> Sentence:
    return Sentence(
        "No road leads to “%(address)s”. Use the name of a box, in lower case, an e-mail address "
        "or a cell URL.",
        address=address,
    )


def transport_named(name: str) -> Transport:
    """Raises Refused, for good, when the transport is no longer installed."""
    for transport in transports():
        if transport.name == name:
            return transport
    raise Refused(
        Sentence("The transport “%(name)s” is not installed here.", name=name), permanent=True
    )


def title_of(name: str) -> str:
    """What people call the system of a transport; its name where it is not installed."""
    if name == "none":
        return _("no road")
    return next((road.title for road in transports() if road.name == name and road.title), name)
