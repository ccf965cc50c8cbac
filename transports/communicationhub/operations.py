"""The six operations of CommunicationHub and their members, spelled as on the wire.

The misspelt ``SenderAdressLine1`` and ``TestEMail`` are theirs. XML uses a member's ``name``;
JSON, JSV and CSV its ``alias``, where it has one. The order is that of JSON, JSV and CSV.
"""

from dataclasses import dataclass

TEXT, FLAG, NUMBER, BYTES = "text", "flag", "number", "bytes"
OBJECT, LIST, FREE = "object", "list", "free"

MODEL = "http://schemas.datacontract.org/2004/07/CommunicationHub.APIModel"
SERVICESTACK = "http://schemas.servicestack.net/types"


@dataclass(frozen=True)
class Member:
    """``of`` are the members of an object, or of each object in a list; ``item`` is the name of
    such an object in XML. ``namespace`` is of what is inside it."""

    name: str
    kind: str = TEXT
    alias: str = ""
    of: tuple["Member", ...] = ()
    item: str = ""
    namespace: str = ""

    @property
    def wire(self) -> str:
        return self.alias or self.name


@dataclass(frozen=True)
class Shape:
    """A type on the wire. ``ordered``: its XML keeps the order given here, else alphabetical."""

    name: str
    members: tuple[Member, ...]
    namespace: str = MODEL
    ordered: bool = False


@dataclass(frozen=True)
class Operation(Shape):
    method: str = "POST"
    route: str = ""
    # Bytes of a body that is read; base64 takes a third more than what it stands for.
    limit: int = 1024 * 1024


def _texts(words: str) -> tuple[Member, ...]:
    return tuple(Member(name) for name in words.split())


MIB = 1024 * 1024
MAIL_LIMIT, LETTER_LIMIT = 25 * 1000 * 1000, 20 * 1000 * 1000

ATTACHMENT = (Member("Bytes", BYTES), Member("Name"), Member("ContentType"))
SEND_MAIL = Operation(
    "SendMail",
    (
        *_texts("Domain From FromName To ReceiverName CC BCC Subject Text HTML"),
        Member("Attachments", LIST, of=ATTACHMENT, item="Attachment", namespace=f"{MODEL}.Helper"),
        Member("Reference"),
    ),
    route="Mail/Send",
    limit=MAIL_LIMIT * 4 // 3 + 8 * MIB,
)
SEND_SMS = Operation("SendSMS", _texts("Sender Receiver Message Reference"), route="SMS/Send")
SEND_LETTER = Operation(
    "SendLetter",
    (
        Member("FileName"),
        Member("File", BYTES),
        Member("TestFlag", FLAG),
        Member("TestEMail"),
        Member("TestShowRestrictedArea", FLAG),
        Member("BatchId", NUMBER),
        Member("CoverLetter", FLAG),
        Member("CoverFile", BYTES),
        Member("IsColor", FLAG),
        Member("IsDuplex", FLAG),
        *_texts("AddressLine1 AddressLine2 AddressLine3 AddressLine4 AddressLine5"),
        *_texts("ZipCode City Country"),
        *_texts("SenderAdressLine1 SenderStreet SenderZipCode SenderCity Reference"),
    ),
    route="Letter/Send",
    limit=2 * LETTER_LIMIT * 4 // 3 + MIB,
)
GET_STATUS = Operation("GetStatus", (Member("MessageId"),), method="GET", route="Status")

_HEADERS = (
    Member("To"),
    Member("MessageId", alias="message-id"),
    Member("From"),
    Member("Subject"),
)
EVENT = (
    Member("Message", OBJECT, of=(Member("Headers", OBJECT, of=_HEADERS),)),
    Member("Event"),
    # Not of the original, but sent by Mailgun: which recipient, and whether it tries again.
    Member("Recipient", alias="recipient"),
    Member("Severity", alias="severity"),
)
SIGNATURE = (Member("timestamp"), Member("token"), Member("signature"))
SET_MAIL_STATUS = Operation(
    "SetMailStatus",
    (
        Member("Signature", OBJECT, of=SIGNATURE),
        Member("EventData", OBJECT, alias="event-data", of=EVENT),
    ),
    route="Mail/Status",
)
RECEIVE_MAIL = Operation(
    "ReceiveMail",
    (
        Member("MessageId", alias="message-id"),
        *_texts("Recipient Sender From To"),
        Member("InReplyTo", alias="In-Reply-To"),
        *_texts("CC BCC Subject"),
        Member("Text", alias="stripped-text"),
        Member("HTML", alias="stripped-html"),
        Member("AttachmentCount", NUMBER, alias="attachment-count"),
        # Not of the original, but sent by Mailgun: the whole bodies, and the signature.
        Member("WholeText", alias="body-plain"),
        Member("WholeHTML", alias="body-html"),
        *SIGNATURE,
    ),
    route="Mail/Receive",
    limit=MAIL_LIMIT * 4 // 3 + 8 * MIB,
)
OPERATIONS = (SEND_MAIL, SEND_SMS, SEND_LETTER, GET_STATUS, SET_MAIL_STATUS, RECEIVE_MAIL)

SEND_RESPONSE = Shape(
    "SendResponse",
    (
        *_texts("MessageId Sender Receiver Status ErrorMessage Configuration"),
        Member("Retry", FLAG),
        Member("RetryCount", NUMBER),
    ),
    namespace=f"{MODEL}.Response",
)
_ERROR = _texts("ErrorCode FieldName Message")
ERROR_RESPONSE = Shape(
    "ErrorResponse",
    (
        Member(
            "ResponseStatus",
            OBJECT,
            of=(
                *_texts("ErrorCode Message StackTrace"),
                Member("Errors", LIST, of=_ERROR, item="ResponseError"),
            ),
        ),
    ),
    namespace=SERVICESTACK,
    ordered=True,
)
