"""What every road by a mail server of one's own has in common: the hand-over to that server."""

from dataclasses import dataclass

from django.conf import settings

from boxes.models import Delivery
from boxes.sentence import Sentence
from transports.base import Refused, Transport, failures_told
from transports.email import client
from transports.email.mime import Mail
from transports.email.server import Server
from transports.wire.faults import Fault


@dataclass(frozen=True)
class Prepared:
    server: Server
    mail: Mail


class MailServerTransport(Transport):
    """A road whose ``prepare`` answers the mail and the server that it leaves by."""

    def send(self, delivery: Delivery, prepared: object) -> str:
        assert isinstance(prepared, Prepared)
        with failures_told():
            client.send(prepared.server, prepared.mail)
        return prepared.mail.message_id

    def longest_attempt(self) -> float:
        return settings.EMAIL_CONNECT_TIMEOUT + settings.EMAIL_TIMEOUT

    def let_in(self, server: Server) -> str:
        try:
            client.log_in(server)
        except Fault as fault:
            raise Refused(str(fault), permanent=False) from fault
        return Sentence("The mail server %(server)s let us in.", server=server)
