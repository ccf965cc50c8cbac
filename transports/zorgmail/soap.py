"""One operation of the mail service, by zeep on the service's description, over our own line.

zeep knows no deadline and takes an operation without an answer for done, whatever came back.
Here each call ends by the deadline of its site, and what came back is read.
"""

import base64
import functools
import logging
from pathlib import Path
from typing import Any

import zeep
from lxml import etree
from zeep.exceptions import Error as ZeepError
from zeep.wsdl import Document
from zeep.wsdl.utils import etree_to_string

from boxes.sentence import Sentence
from transports.wire.faults import Doubt, Fault
from transports.wire.http import LONGEST_ANSWER, Answer, Site, call
from transports.wire.quoting import quoted

WSDL = Path(__file__).with_name("mailservice.wsdl")
BINDING = "{http://www.enovation.nl/ems/mailwebservice}MailServiceBinding"
ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
# What is said about this message alone; the rest is ours to mend, or to wait for.
ABOUT_THE_MESSAGE = (413, 422)
GATEWAY_TIMED_OUT = 504

# It would write values of messages into the process log.
logging.getLogger("zeep").setLevel(logging.CRITICAL + 1)


class Wire(zeep.Transport):
    """zeep's way out. It loads nothing but our own description of the service."""

    def __init__(self, site: Site, authorization: str, repeatable: bool, longest: int) -> None:
        super().__init__()
        self.site = site
        self.authorization = authorization
        self.repeatable = repeatable
        self.longest = longest

    def load(self, url: str) -> bytes:
        raise ValueError("Nothing is loaded that an answer refers to.")

    def post_xml(self, address: str, envelope: Any, headers: dict[str, str]) -> Answer:
        return call(
            self.site,
            "POST",
            headers={**headers, "Authorization": self.authorization},
            body=etree_to_string(envelope),
            repeatable=self.repeatable,
            longest_answer=self.longest,
        )


class _OwnDescription(zeep.Transport):
    """Reads the description from beside this module, and nothing from anywhere else."""

    def load(self, url: str) -> bytes:
        if Path(url) != WSDL:
            raise ValueError("The description of the service refers to nothing else.")
        return WSDL.read_bytes()


@functools.lru_cache(maxsize=1)
def _description() -> Document:
    transport: Any = _OwnDescription()  # zeep's own annotation asks for the class
    # not strict: an optional value that an answer leaves out is no reason to lose a message
    return Document(str(WSDL), transport, settings=zeep.Settings(strict=False))


def authorization_of(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def perform(
    site: Site,
    authorization: str,
    operation: str,
    fields: dict[str, Any],
    *,
    repeatable: bool,
    longest_answer: int = LONGEST_ANSWER,
) -> Any:
    """What the operation gives back; None where it gives nothing. Raises Fault or Doubt."""
    wire = Wire(site, authorization, repeatable, longest_answer)
    client = zeep.Client(_description(), transport=wire)
    client.settings.raw_response = True
    answer = client.create_service(BINDING, site.url)[operation](**fields)
    document = _read(site, answer, repeatable)
    _refuse_status(site, answer, repeatable)
    replying = client.wsdl.bindings[BINDING].get(operation)
    if replying.output is None:
        return None
    if document is None:
        raise _unreadable(site, repeatable)
    try:
        return replying.process_reply(document)
    except (ZeepError, ValueError, TypeError, LookupError, AttributeError) as error:
        # what a damaged value raises depends on its type
        raise _unreadable(site, repeatable) from error


def _read(site: Site, answer: Answer, repeatable: bool) -> Any:
    """The envelope of an answer, which is no fault; None for an answer without content."""
    if not answer.body.strip():
        return None
    try:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
        )
        root = etree.fromstring(answer.body, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or root.tag != f"{ENVELOPE}Envelope" or root.getroottree().docinfo.doctype:
        _refuse_status(site, answer, repeatable)
        raise _unreadable(site, repeatable)
    fault = root.find(f"{ENVELOPE}Body/{ENVELOPE}Fault")
    if fault is not None:
        raise _refusal(site, answer, fault)
    return root


def _refusal(site: Site, answer: Answer, fault: Any) -> Fault:
    """SOAP blames the client for a message that it will never take, and itself otherwise."""
    words = fault.findtext("faultstring") or ""
    said = quoted(words) if words.strip() else Sentence("it gives no reason")
    if answer.status in (401, 403):
        return _login_refused(site, answer)
    code = (fault.findtext("faultcode") or "").rpartition(":")[2].partition(".")[0]
    if code == "Client":
        return Fault(
            Sentence("%(name)s refuses the message: %(said)s.", name=site.name, said=said),
            permanent=True,
        )
    return Fault(
        Sentence("%(name)s does not take the message now: %(said)s.", name=site.name, said=said)
    )


def _refuse_status(site: Site, answer: Answer, repeatable: bool) -> None:
    status = answer.status
    if 200 <= status <= 299:
        return
    if status in (401, 403):
        raise _login_refused(site, answer)
    if status in ABOUT_THE_MESSAGE:
        raise Fault(
            Sentence(
                "%(name)s refuses the message (status %(status)s).", name=site.name, status=status
            ),
            permanent=True,
        )
    if status == GATEWAY_TIMED_OUT and not repeatable:
        raise Doubt(
            Sentence(
                "%(name)s may have taken the message: it said only “504” after a while.",
                name=site.name,
            )
        )
    if status >= 500 or status in (408, 429):
        raise Fault(
            Sentence(
                "%(name)s does not take messages now (status %(status)s).",
                name=site.name,
                status=status,
            )
        )
    raise Fault(
        Sentence(
            "At “%(url)s” is no mail service of %(name)s (status %(status)s). Check %(origin)s.",
            url=site.url,
            name=site.name,
            status=status,
            origin=site.origin,
        )
    )


def _login_refused(site: Site, answer: Answer) -> Fault:
    return Fault(
        Sentence(
            "%(name)s refused our login (status %(status)s). Check the user name and "
            "password in %(origin)s.",
            name=site.name,
            status=answer.status,
            origin=site.origin,
        )
    )


def _unreadable(site: Site, repeatable: bool) -> Exception:
    if repeatable:
        return Fault(
            Sentence(
                "The answer of %(name)s cannot be read. Check the address in %(origin)s.",
                name=site.name,
                origin=site.origin,
            )
        )
    return Doubt(
        Sentence("%(name)s may have taken the message: its answer cannot be read.", name=site.name)
    )
