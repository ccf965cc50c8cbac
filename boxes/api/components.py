"""The shapes that the API reads and writes, as JSON Schema for its description."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from boxes.api.envelopes import MAX_ATTACHMENTS, MAX_DISPLAY_NAME, MAX_FILENAME, MAX_ID
from boxes.api.fields import MAX_ADDRESS
from boxes.models import Change, Delivery, Message
from boxes.models.box import RIGHTS
from boxes.models.handling import MAX_NAME as MAX_HOLDER
from boxes.models.handling import MAX_NOTE, Handling
from boxes.models.misdelivery import MAX_REASON
from boxes.models.property import MAX_NAME, MAX_VALUE
from boxes.summary import FLAGS, KINDS, STATUSES

# No NUL, as in every text of an envelope.
_TEXT = "^[^\\u0000]*$"
# With parameters, such as a charset.
MIME_TYPE = r"^[A-Za-z0-9][A-Za-z0-9.+-]{0,60}/[A-Za-z0-9][A-Za-z0-9.+-]{0,60}([; ].*)?$"
DAY = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
MOMENT = (
    r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"([Tt ]+([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?\s*([Zz]|[+-]\d\d(:?\d\d)?)?)?$"
)


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def text(most: int | None = None, **more: Any) -> dict[str, Any]:
    limit = {} if most is None else {"maxLength": most}
    return {"type": "string", **limit, **more}


def codes(known: Sequence[str]) -> str:
    """The pattern of one or more codes, with commas between."""
    one = f"({'|'.join(known)})"
    return f"^{one}(,{one})*$"


def several(known: Sequence[str], at_least: int = 1) -> dict[str, Any]:
    """One or more codes in a body: with commas between, or as a list."""
    listed = array(text(enum=list(known)), minItems=at_least)
    return {"anyOf": [text(pattern=codes(known)), listed]}


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"]}


def array(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def record(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), **more}


def body(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    """An object that is read strictly: whatever else it holds is refused, but for null."""
    return record(properties, *required, additionalProperties={"type": "null"}, **more)


def answer(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An object of which every member is always there."""
    return record(properties, *properties, **more)


def _given(most: int, **more: Any) -> dict[str, Any]:
    """Text as it is read: null is the same as absent."""
    return nullable(text(most, pattern=_TEXT, **more))


MOMENT_OUT = text(format="date-time", examples=["2018-03-28T15:30:54.000+02:00"])
XUID = text(pattern="^[A-Za-z0-9_-]{20,24}$", examples=["KtR4wRvmQsWc6x0uvTZn2g"])
NO_ERROR = array(text(), maxItems=0, description="Always empty: for clients that look here.")
BASE64 = text(format="byte", description="Base64, padded.")

_address_in = body(
    {
        "displayName": _given(MAX_DISPLAY_NAME),
        "address": text(
            MAX_ADDRESS,
            minLength=1,
            pattern=r"^[^\u0000-\u001f\u007f]*[!-~][^\u0000-\u001f\u007f]*$",
        ),
    },
    "address",
)
_sender_in = body(
    {"displayName": _given(MAX_DISPLAY_NAME), "address": _given(MAX_ADDRESS)},
    description="Sending: the box itself, or left out. Delivering: whoever sent it.",
)
_address_out = answer({"displayName": text(), "address": text()})
_property = answer({"name": text(MAX_NAME, minLength=1), "value": text(MAX_VALUE)})
_property_in = body(
    {
        "name": text(MAX_NAME, minLength=1, pattern=_TEXT),
        "value": text(MAX_VALUE, pattern=_TEXT),
    },
    "name",
    "value",
)
_attachment_out = record(
    {
        "filename": text(),
        "contentType": text(),
        "size": {"type": "integer"},
        "content": {**BASE64, "description": "Base64; only in the answer for one message."},
    },
    "filename",
    "contentType",
    "size",
)
_attachment_in = body(
    {
        "filename": _given(MAX_FILENAME),
        "contentType": text(255, pattern=MIME_TYPE),
        "content": BASE64,
        "size": {"description": "Not read: an attachment may be sent on as it was answered."},
    },
    "contentType",
    "content",
)
_delivery = answer(
    {
        "n": {"type": "integer", "minimum": 1},
        "address": text(),
        "transport": text(),
        "status": text(enum=list(Delivery.Status.values)),
        "attempts": {"type": "integer"},
        "nextAttemptAt": nullable(MOMENT_OUT),
        "error": nullable(text(description="What went wrong, as a sentence for a person.")),
        "remoteId": nullable(text()),
        "deliveredAt": nullable(MOMENT_OUT),
    }
)
_envelope_in = body(
    {
        "id": _given(MAX_ID, description="Your own identifier: kept, returned, never a key."),
        "subject": _given(settings.MAX_SUBJECT_LENGTH),
        "dateTime": nullable(
            text(
                64,
                pattern=MOMENT,
                description="Without an offset it is in the installation's time zone.",
            )
        ),
        "from": {"anyOf": [_sender_in, {"type": "null"}]},
        "to": array(ref("Recipient"), minItems=1, maxItems=settings.MAX_RECIPIENTS),
        "cc": array(ref("Recipient"), maxItems=settings.MAX_RECIPIENTS),
        "headers": {
            "type": "object",
            "description": "Any JSON of at most 64 KiB; numbers within ±2⁵³.",
        },
        "inReplyTo": _given(MAX_ID, description="The xuid or the id of what it answers."),
        "contentType": text(255, pattern=MIME_TYPE, examples=["text/plain"]),
        "contentEncoding": nullable(text(enum=["base64", "", None])),
        "content": text(description="Text; or base64, when contentEncoding says so."),
        "attachments": array(ref("NewAttachment"), maxItems=MAX_ATTACHMENTS),
    },
    "to",
    "contentType",
    "content",
)
_envelope_out = record(
    {
        "id": text(),
        "subject": text(),
        "dateTime": nullable(MOMENT_OUT),
        "from": ref("Address"),
        "to": array(ref("Address")),
        "cc": array(ref("Address")),
        "headers": {"type": "object"},
        "inReplyTo": nullable(text()),
        "contentType": text(),
        "contentEncoding": text(enum=["base64"]),
        "content": text(description="Only in the answer for one message."),
        "attachments": array(ref("Attachment")),
    },
    *"id subject dateTime from to cc headers inReplyTo contentType attachments".split(),
)
_summary = answer(
    {
        "state": text(
            enum=list(Message.State.values),
            description="waiting: not read yet; unknown: nothing here can read it.",
        ),
        "kind": nullable(text(enum=[*KINDS, None])),
        "flag": nullable(text(enum=[*FLAGS, None], description="The gravest of the results.")),
        "urgent": {"type": "boolean", "description": "Whether the content says so."},
        "reportStatus": nullable(
            text(enum=[*STATUSES, None], description="Of several the weightiest.")
        ),
        "patient": {
            "anyOf": [
                answer(
                    {
                        "identity": text(enum=["one", "unclear"]),
                        "name": nullable(text()),
                        "birthDate": nullable(text(examples=["1991-03-14"])),
                        "sex": nullable(text()),
                    }
                ),
                {"type": "null"},
            ],
            "description": "Named only when the content is about one patient for certain.",
        },
        "replacedBy": nullable(text(description="The xuid of the report that corrects it.")),
    },
    description="What was read in the content after receipt.",
)
_message = {
    "xuid": XUID,
    "direction": text(enum=list(Message.Direction.values)),
    "status": text(enum=list(Message.Status.values)),
    "contentType": text(const="application/vnd.messagebox.envelope+json"),
    "jwt": nullable(text(description="Opens this one message in the Viewer, for a short time.")),
    "viewerUrl": nullable(text(format="uri")),
    "read": {"type": "boolean"},
    "readAt": nullable(MOMENT_OUT),
    "receivedAt": nullable(MOMENT_OUT),
    "createdAt": MOMENT_OUT,
    "sentAt": nullable(MOMENT_OUT),
    "size": {"type": "integer", "description": "Bytes of content and attachments."},
    "thread": text(),
    "properties": array(ref("Property")),
    "summary": ref("Summary"),
    "handling": ref("Handling"),
    "envelope": ref("Envelope"),
}
_sent_only = {
    "deliveries": array(ref("Delivery")),
    "deliveredThrough": text(description="The key that put it into the INBOX."),
}
_moved = {
    "xuid": XUID,
    "direction": text(enum=list(Message.Direction.values)),
    "status": text(enum=list(Message.Status.values)),
    "read": {"type": "boolean"},
    "readAt": nullable(MOMENT_OUT),
    "error": NO_ERROR,
}
_search = record(
    {
        "status": several((*Message.Status.values, "NEW"), at_least=0),
        "q": text(200, minLength=1),
        "from": text(1000, minLength=1),
        "since": text(pattern=MOMENT),
        "until": text(pattern=MOMENT),
        "unread": {"type": "boolean"},
        "contentType": text(255, pattern=MIME_TYPE),
        "envelopeId": text(255, minLength=1),
        "thread": text(24, pattern=r"^[A-Za-z0-9_-]+$"),
        "kind": several(KINDS),
        "flag": several(FLAGS),
        "urgent": {"type": "boolean"},
        "reportStatus": several(STATUSES),
        "replaced": {"type": "boolean"},
        "handling": several(list(Handling.State.values)),
        "patientName": text(200, minLength=1),
        "birthDate": text(pattern=DAY),
        "bsn": text(9, pattern="^[0-9]{8,9}$"),
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
        "cursor": text(),
        "wait": {"type": "integer", "minimum": 0, "maximum": settings.MAX_WAIT},
    },
    patternProperties={"^_.{1,255}$": text(MAX_VALUE, pattern=_TEXT)},
    additionalProperties=False,
    description="The parameters of the list; a name with an underscore filters a property.",
)


def _person(who: str) -> dict[str, Any]:
    named = body({name: _given(60) for name in ("id", "name", "role")})
    return {
        "anyOf": [named, {"type": "null"}],
        "description": f"{who} Stands beside the key in the log.",
    }


_token_request = body(
    {
        "user": _person("Who will read it."),
        "viewerIp": nullable(text(45, description="IPv4 or IPv6.")),
        "patient": {
            "anyOf": [
                body(
                    {
                        "bsn": text(9, pattern=r"^[0-9]{8,9}$"),
                        "birthDate": text(10, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
                    },
                    "bsn",
                    "birthDate",
                ),
                {"type": "null"},
            ],
            "description": "Whose record is open: the viewer warns when it is another's.",
        },
    }
)
_handling = answer(
    {
        "state": text(enum=["open", "taken", "handled"]),
        "by": nullable(text(description="Who has it, or handled it.")),
        "takenAt": nullable(MOMENT_OUT),
        "handledAt": nullable(MOMENT_OUT),
        "note": text(MAX_NOTE),
    },
    description="Who works on it; a state of its own beside read and archived.",
)
_settlement = {
    "oneOf": [
        answer({"arrived": {"const": True}}, additionalProperties=False),
        answer({"resend": {"const": True}}, additionalProperties=False),
    ]
}
_legacy = record(
    {
        "from_username": _given(MAX_ADDRESS),
        "to": text(MAX_ADDRESS, minLength=1, examples=["jilljackson/default"]),
        "subject": _given(settings.MAX_SUBJECT_LENGTH),
        "content": BASE64,
        "content_type": text(255, pattern=MIME_TYPE),
        "metadata": nullable(BASE64),
    },
    "to",
    "content",
    "content_type",
)
_log_entry = answer(
    {
        "at": MOMENT_OUT,
        "who": text(),
        "name": text(),
        "onBehalfOf": {"type": ["object", "null"]},
        "action": text(),
        "outcome": text(),
        "address": text(),
        "detail": text(),
        "accessGivenBy": nullable(text(description="Through whom the box was open to them.")),
    }
)
_event = {
    "id": text(description="Of this event, however often it is told."),
    "cursor": text(description="Where to go on after it."),
    "at": MOMENT_OUT,
    "type": text(enum=list(Change.Kind.values)),
    "box": text(),
    "xuid": XUID,
    "direction": text(enum=list(Message.Direction.values)),
}
_event_more = {
    "status": text(description="The message's, or the delivery's, from then on."),
    "handling": text(
        enum=["open", "taken", "handled"], description="Where it stands; who, in the message."
    ),
    "name": text(description="Of the property; its value stands in the message."),
    "n": {"type": "integer", "minimum": 1, "description": "Which delivery."},
}
_webhook = {
    "id": text(),
    "url": text(),
    "active": {"type": "boolean"},
    "createdAt": MOMENT_OUT,
    "lastSuccessAt": nullable(MOMENT_OUT),
    "waiting": {
        "type": "integer",
        "minimum": 0,
        "description": "Changes that it has not had; 1,000 stands for more.",
    },
    "attempts": {"type": "integer", "description": "In vain, at the first of these."},
    "nextAttemptAt": nullable(MOMENT_OUT),
    "error": nullable(text(description="What went wrong, as a sentence for a person.")),
    "cursor": text(description="Of the last change that it took."),
}
_webhook_url = text(
    1000, pattern="^[ ]*https://[!-~]+[ ]*$", examples=["https://epd.example.org/hook"]
)
_webhook_after = nullable(
    text(100, description="Begin after this cursor of changes, or after `now`.")
)
_webhook_active = {"type": ["boolean", "null"]}
_misdelivered = answer(
    {
        "at": MOMENT_OUT,
        "by": text(),
        "reason": text(),
        "movedTo": nullable(text(description="The box.")),
        "returnedTo": nullable(text(description="The sender's address.")),
    }
)
SCHEMAS: dict[str, dict[str, Any]] = {
    "Address": _address_out,
    "Recipient": _address_in,
    "Property": _property,
    "NewProperty": _property_in,
    "NewProperties": body(
        {"properties": array(ref("NewProperty"), maxItems=settings.MAX_PROPERTIES)}, "properties"
    ),
    "Attachment": _attachment_out,
    "NewAttachment": _attachment_in,
    "Delivery": _delivery,
    "NewEnvelope": _envelope_in,
    "Envelope": _envelope_out,
    "Summary": _summary,
    "Handling": _handling,
    "Message": record(
        {
            **_message,
            **_sent_only,
            "misdelivered": {
                **_misdelivered,
                "description": "Only where it came to the wrong box, and is a stub since.",
            },
            "movedFrom": {
                "description": "Only in the answer for one message, where it came to another box "
                "first.",
                "oneOf": [
                    {"type": "null"},
                    answer({"box": text(), "at": MOMENT_OUT, "by": text(), "reason": text()}),
                ],
            },
            "error": answer(
                {"code": text(enum=["delivery_failed", "delivery_uncertain"])},
                description="Only where the status is ERROR; the deliveries tell the rest.",
            ),
        },
        *_message,
    ),
    "Accepted": record({**_message, **_sent_only, "error": NO_ERROR}, *_message, "error"),
    "Event": record({**_event, **_event_more}, *_event),
    "Changes": answer(
        {
            "changes": array(ref("Event")),
            "cursor": text(description="Where to go on: `after` of the next request."),
            "more": {"type": "boolean", "description": "Whether the next has some already."},
        }
    ),
    "Webhook": answer(_webhook),
    "WebhookWithSecret": answer(
        {**_webhook, "secret": text(description="For the check of the signature; shown once.")}
    ),
    "NewWebhook": body(
        {"url": _webhook_url, "active": _webhook_active, "after": _webhook_after}, "url"
    ),
    "WebhookChange": body(
        {
            "url": nullable(_webhook_url),
            "active": _webhook_active,
            "after": _webhook_after,
        }
    ),
    "WebhookTest": answer(
        {
            "taken": {"type": "boolean"},
            "status": {"type": ["integer", "null"]},
            "error": nullable(text()),
        }
    ),
    "Moved": answer(_moved),
    "UnderWay": answer({**_moved, "deliveries": array(ref("Delivery"))}),
    "Properties": answer({"xuid": XUID, "properties": array(ref("Property")), "error": NO_ERROR}),
    "Search": _search,
    "TokenRequest": _token_request,
    "Token": answer({"jwt": text(), "viewerUrl": text(format="uri"), "expiresAt": MOMENT_OUT}),
    "HandlingMove": body({"user": _person("Who does it; without it the key does.")}),
    "HandledMove": body(
        {
            "user": _person("Who does it; without it the key does."),
            "note": _given(MAX_NOTE, description="What was done."),
        }
    ),
    "TakeMove": body(
        {
            "user": _person("Who does it; without it the key does."),
            "over": _given(MAX_HOLDER, description="Whose it is taken over from: `handling.by`."),
        }
    ),
    "Handled": answer({"xuid": XUID, "handling": ref("Handling"), "error": NO_ERROR}),
    "Misdelivery": body(
        {
            "reason": text(MAX_REASON, minLength=1, description="For both sides to read."),
            "to": nullable(text(64, description="The right box. Either this or `backToSender`.")),
            "backToSender": {
                "type": ["boolean", "null"],
                "description": "Whether its sender is told. Either this or `to`.",
            },
            "user": _person("Who does it; without it the key does."),
        },
        "reason",
    ),
    "Misdelivered": answer(
        {
            "xuid": XUID,
            "status": text(enum=list(Message.Status.values)),
            "misdelivered": _misdelivered,
            "error": NO_ERROR,
        }
    ),
    "Settlement": _settlement,
    "View": answer(
        {
            "contentType": text(const="text/html"),
            "html": text(),
            "viewerUrl": nullable(text(format="uri")),
        }
    ),
    "Resolution": answer(
        {
            "address": text(),
            "transport": nullable(text(description="The road; null where none leads there.")),
            "title": text(description="What people call it."),
            "safe": {"type": "boolean", "description": "Whether the road is made for care."},
            "allowed": {"type": "boolean", "description": "Whether a message would leave now."},
            "sentence": text(description="Why not, for a person; empty when allowed."),
            "account": nullable(
                record({"exists": {"type": "boolean"}, "own": {"type": "boolean"}}),
            ),
            "limits": {"type": "object", "additionalProperties": True},
            "partner": answer(
                {
                    "answers": nullable({"type": "boolean"}),
                    "sentence": text(),
                    "checkedAt": nullable(MOMENT_OUT),
                },
                description="What the far side said, at the last test or now.",
            ),
        }
    ),
    "LegacyEnvelope": _legacy,
    "LegacyAccepted": answer({"message_id": XUID, "error": NO_ERROR}),
    "LogEntry": _log_entry,
    "Box": answer(
        {
            "name": text(),
            "displayName": text(),
            "accessUntil": nullable(MOMENT_OUT),
            "rights": array(text(enum=list(RIGHTS))),
            "unread": {"type": ["integer", "null"]},
        }
    ),
    "Error": record(
        {
            "error": array(text(), minItems=1, description="Sentences for a person."),
            "code": text(description="For software."),
            "fields": {"type": "object", "additionalProperties": array(text())},
            "handling": {
                **_handling,
                "description": "Only where a colleague came first: how it stands now.",
            },
        },
        "error",
        "code",
        "fields",
    ),
}
