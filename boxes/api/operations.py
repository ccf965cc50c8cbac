"""What each address of the API does, in the words of its description."""

from typing import Any

from django.conf import settings

from boxes.api.components import DAY, MIME_TYPE, MOMENT, codes, text
from boxes.api.filters import MOST_PROPERTIES
from boxes.api.schema import Operation
from boxes.models import Message
from boxes.models.handling import Handling
from boxes.models.property import MAX_VALUE
from boxes.summary import FLAGS, KINDS, STATUSES


def _query(name: str, schema: dict[str, Any], description: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description, **more}


_LIMIT = _query(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": 1000},
    "A page of at most so many. Without limit and cursor the list holds every match.",
)
_CURSOR = _query("cursor", text(), "Where the list goes on: from `next` in the Link header.")
_FILTERS = (
    _query(
        "status",
        text(pattern=codes((*Message.Status.values, "NEW")), default="INBOX"),
        "One or more statuses, with commas between. NEW is INBOX.",
    ),
    _query(
        "q",
        text(200, minLength=1),
        "Parts of words that all stand in subject, sender or recipients, or begin a word of the "
        "patient's name.",
    ),
    _query("from", text(1000, minLength=1), "The sender's address."),
    _query("since", text(pattern=MOMENT), "Received (sent: made) at this moment or later."),
    _query("until", text(pattern=MOMENT), "Received (sent: made) before this moment."),
    _query("unread", text(enum=["true", "false"]), "Read or not."),
    _query("contentType", text(255, pattern=MIME_TYPE), "Of the content."),
    _query("envelopeId", text(255, minLength=1), "The sender's own identifier."),
    _query("thread", text(24, pattern=r"^[A-Za-z0-9_-]+$"), "Messages that answer each other."),
    _query("kind", text(pattern=codes(KINDS)), "What it is; one or more, with commas between."),
    _query(
        "flag",
        text(pattern=codes(FLAGS)),
        "The gravest of its results; unjudged: read it yourself. One or more, with commas between.",
    ),
    _query("urgent", text(enum=["true", "false"]), "Urgent by what its content says."),
    _query(
        "reportStatus",
        text(pattern=codes(STATUSES)),
        "The report's status; one or more, with commas.",
    ),
    _query("replaced", text(enum=["true", "false"]), "Corrected by a later report, or not."),
    _query(
        "handling",
        text(pattern=codes(Handling.State.values)),
        "Whether somebody works on it: open, taken or handled; one or more, with commas.",
    ),
    _query(
        "patientName",
        text(200, minLength=1),
        "Beginnings of words of the patient's name. By BSN: search.",
    ),
    _query("birthDate", text(pattern=DAY), "The patient's, as 1991-03-14."),
    _LIMIT,
    _CURSOR,
    _query(
        "wait",
        {"type": "integer", "minimum": 0, "maximum": settings.MAX_WAIT},
        "Seconds to wait until something matches; with since or cursor only.",
    ),
    _query(
        "properties",
        {
            "type": "object",
            "propertyNames": {"pattern": "^_.{1,255}$"},
            "additionalProperties": text(MAX_VALUE),
            "maxProperties": MOST_PROPERTIES,
        },
        f"Property filters: `_name=value`, at most {MOST_PROPERTIES}; all have to match.",
        style="form",
        explode=True,
    ),
)
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    "description": "The same key and body again give the first message again.",
}
_PAGES = (
    "Newest first. A page may be short or even empty and still have a `next` in its Link header: "
    "follow `next`, do not count."
)

BOXES = Operation(
    "listBoxes",
    "The boxes that this key opens, with what it may do there and how much is unread.",
    answer="Box",
    answers_list=True,
)
LIST = Operation(
    "listMessages",
    "The messages of a box, without content.",
    _PAGES,
    parameters=_FILTERS,
    answer="Message",
    answers_list=True,
    answer_headers=("Link",),
)
SEARCH = Operation(
    "searchMessages",
    "The same list by a JSON body, so that no patient's number stands in an address.",
    f"{_PAGES} Post the same body to it.",
    parameters=(_LIMIT, _CURSOR),
    body="Search",
    answer="Message",
    answers_list=True,
    answer_headers=("Link",),
    refusals=(413,),
)
CHANGES = Operation(
    "listChanges",
    "What happened in a box, oldest first.",
    "Every arrival, status change, wrong delivery, mark as read or unread, change of a property "
    "and removal, in an order in which nothing appears before what was told. Go on with the "
    "`cursor` of the answer.",
    parameters=(
        _query(
            "after",
            text(minLength=1),
            "A cursor of an earlier answer or event, or `now`. Without it: from the oldest kept.",
        ),
        _query(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
            "At most so many.",
        ),
        _query(
            "wait",
            {"type": "integer", "minimum": 0, "maximum": settings.MAX_WAIT},
            "Seconds to wait until something happens.",
        ),
    ),
    answer="Changes",
    refusals=(410,),
)
READ = Operation("getMessage", "One message with its content.", answer="Message")
SEND = Operation(
    "sendMessage",
    "Put an envelope into the OUTBOX; it is sent from there.",
    parameters=(_IDEMPOTENCY_KEY,),
    body="NewEnvelope",
    answer="Accepted",
    refusals=(409, 413),
)
DELIVER = Operation(
    "deliverMessage",
    "Put an envelope straight into the INBOX, for software that receives for the box.",
    parameters=(_IDEMPOTENCY_KEY,),
    body="NewEnvelope",
    answer="Accepted",
    refusals=(409, 413),
)
LEGACY_SEND = Operation(
    "legacySend",
    "The form of older clients; use send.",
    parameters=(_IDEMPOTENCY_KEY,),
    body="LegacyEnvelope",
    answer="LegacyAccepted",
    refusals=(409, 413),
)
ARCHIVE = Operation("archiveMessage", "INBOX to ARCHIVED.", answer="Moved", refusals=(409,))
ARCHIVE_BY_GET = Operation(
    "archiveMessageByGet", "The same, for older clients.", answer="Moved", refusals=(409,)
)
UNARCHIVE = Operation("unarchiveMessage", "ARCHIVED to INBOX.", answer="Moved", refusals=(409,))
UNARCHIVE_BY_GET = Operation(
    "unarchiveMessageByGet", "The same, for older clients.", answer="Moved", refusals=(409,)
)
TAKE = Operation(
    "takeMessage",
    "Take a message, so that colleagues see who works on it.",
    "In the name of `user`, or of the key. 409 names the colleague who has it already; with their "
    "name in `over` it is taken over from them, and from nobody who came in between.",
    body="TakeMove",
    body_required=False,
    answer="Handled",
    refusals=(409, 413),
)
RELEASE = Operation(
    "releaseMessage",
    "Give a message back that one has taken.",
    body="HandlingMove",
    body_required=False,
    answer="Handled",
    refusals=(409, 413),
)
HANDLED = Operation(
    "markHandled",
    "Say that a message is handled, with a note of what was done.",
    body="HandledMove",
    body_required=False,
    answer="Handled",
    refusals=(409, 413),
)
REOPEN = Operation(
    "reopenMessage",
    "Handled by mistake: open again, and nobody's.",
    body="HandlingMove",
    body_required=False,
    answer="Handled",
    refusals=(409, 413),
)
MISDELIVERED = Operation(
    "markMisdelivered",
    "It came to the wrong box: move it to the right one, or send it back.",
    "With `to`, a box that the key may send in, it arrives there whole, without the properties. "
    "With `backToSender` the sender is told by its own road, with the reason and nothing of the "
    "content. Here a stub stays: what was in it can be read no more (410), the log stays. Of two "
    "who do it at once, one gets 409 and the other's name.",
    body="Misdelivery",
    answer="Misdelivered",
    refusals=(409, 413),
    of_stubs=True,
)
MARK_READ = Operation("markRead", "Mark as read.", answer="Moved")
MARK_UNREAD = Operation("markUnread", "Mark as unread.", answer="Moved")
SET_PROPERTY = Operation(
    "setProperty",
    "Set one property; an old value of that name is replaced.",
    body="NewProperty",
    answer="Properties",
    refusals=(413,),
)
REPLACE_PROPERTIES = Operation(
    "replaceProperties",
    "Make these the only properties.",
    body="NewProperties",
    answer="Properties",
    refusals=(413,),
)
REMOVE_PROPERTY = Operation("removeProperty", "Remove one property.", answer="Properties")
CONTENT = Operation(
    "downloadContent", "The content as it is, with its own type.", other_media=("*/*",)
)
ATTACHMENT = Operation("downloadAttachment", "One attachment, from 1.", other_media=("*/*",))
VIEW = Operation(
    "viewMessage",
    "The message as HTML: in JSON, or bare when the Accept header prefers text/html.",
    parameters=(
        _query("lang", text(enum=["nl", "en"]), "The language of what the Viewer adds."),
        _query("plain", text(enum=["1"]), "Without any styling of the message's own."),
    ),
    answer="View",
    other_media=("text/html",),
)
RESEND = Operation(
    "resendMessage",
    "Send again, only to the recipients for whom it failed.",
    answer="UnderWay",
    refusals=(409,),
)
SETTLE = Operation(
    "settleDelivery",
    "Decide about a delivery that is uncertain: it arrived, or send it again.",
    body="Settlement",
    answer="UnderWay",
    refusals=(409, 413),
)
TOKEN = Operation(
    "mintToken",
    "A fresh token for the Viewer, for a named person, place and patient.",
    body="TokenRequest",
    body_required=False,
    answer="Token",
    refusals=(413,),
)
LOG = Operation(
    "getLog",
    "Who saw or changed this message: the newest thousand entries.",
    answer="LogEntry",
    answers_list=True,
    of_stubs=True,
)
