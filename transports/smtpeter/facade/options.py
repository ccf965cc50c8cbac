"""What may stand beside a mail: checked as SMTPeter would, and kept as properties of the message,
which stay in the sender's box.

No link is rewritten here and no image followed; notifications are read from the events.
"""

import re
from datetime import UTC, datetime
from typing import Any

from boxes.models import Message
from transports.email.headers import clean
from transports.smtpeter.facade import people
from transports.smtpeter.facade.answers import Refusal
from transports.smtpeter.facade.bodies import FLAGS

MOMENT = "%Y-%m-%d %H:%M:%S"
MOST_TAGS = 50
NOTIFY = ("NEVER", "FAILURE", "SUCCESS", "DELAY")
TAG, ENVELOPE, LATEST = "smtpeter-tag-", "smtpeter-envelope", "smtpeter-maxdelivertime"
_TAG = re.compile(r"[^\s;\x00-\x1f\x7f]{1,200}")


def check(body: dict[str, Any]) -> None:
    """Raises Refusal, which names the property."""
    for name in FLAGS:
        if not isinstance(body.get(name), bool | None):
            raise Refusal(f"{name}: give true or false")
    if body.get("images") not in (None, "default", "hosted"):
        raise Refusal("images: give default or hosted")
    for name in ("data", "dsn", "extra"):
        if body.get(name) not in (None, []) and not isinstance(body[name], dict):
            raise Refusal(f"{name}: give an object")
    check_notifications(body.get("dsn") or {})


def check_notifications(dsn: dict[str, Any]) -> None:
    for name, value in dsn.items():
        if not isinstance(value, str | None):
            raise Refusal(f"dsn.{name}: give text")
    asked = [item.strip() for item in (dsn.get("notify") or "FAILURE").split(",")]
    if not set(asked) <= set(NOTIFY) or ("NEVER" in asked and len(asked) > 1):
        raise Refusal("dsn.notify: give NEVER, or some of FAILURE, SUCCESS and DELAY")
    if (dsn.get("ret") or "HDRS") not in ("FULL", "HDRS"):
        raise Refusal("dsn.ret: give FULL or HDRS")
    if dsn.get("orcpt") and not people.is_mail_address(dsn["orcpt"]):
        raise people.bad(dsn["orcpt"])


def tags_of(body: dict[str, Any], separator: str = ";") -> tuple[str, ...]:
    """Each once; one text holds several of them with a separator between."""
    value = body.get("tags")
    items = value or []
    if isinstance(value, str):
        items = [item.strip() for item in value.split(separator) if item.strip()]
    if not isinstance(items, list) or len(items) > MOST_TAGS:
        raise Refusal(f"tags: give a list of at most {MOST_TAGS}")
    for item in items:
        if not isinstance(item, str) or not _TAG.fullmatch(item):
            raise Refusal("tags: a tag is text without white space and semicolons")
    return tuple(dict.fromkeys(items))


def latest(body: dict[str, Any]) -> datetime | None:
    """The moment after which the mail is of no use any more."""
    value = body.get("maxdelivertime")
    if value is None or value == "":
        return None
    try:
        return datetime.strptime(value, MOMENT).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        raise Refusal("maxdelivertime: write it as YYYY-MM-DD hh:mm:ss, in UTC") from None


def unsubscribing(body: dict[str, Any]) -> dict[str, str]:
    """The headers that let a receiver leave a list."""
    value = body.get("unsubscribe")
    if value in (None, "", [], {}):
        return {}
    given = value if isinstance(value, list) else [value]
    if isinstance(value, dict):
        given = [value[name] for name in ("email", "url") if value.get(name)]
    if not all(isinstance(item, str) for item in given):
        raise Refusal("unsubscribe: give an object with email and url")
    oneclick = isinstance(value, dict) and value.get("oneclick") is True
    links = [
        f"<{'mailto:' if people.is_mail_address(item) else ''}{clean(item)}>" for item in given
    ]
    post = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if oneclick else {}
    return {"List-Unsubscribe": ", ".join(links), **post}


def kept(body: dict[str, Any], envelope: str, tags: tuple[str, ...]) -> dict[str, str]:
    """The properties of the message, for the events and for whoever looks for it."""
    moment = latest(body)
    given = {
        **{f"{TAG}{tag}": "1" for tag in tags},
        ENVELOPE: envelope,
        LATEST: moment.strftime(MOMENT) if moment else "",
    }
    return {name: value for name, value in given.items() if value}


def kept_with(message: Message) -> dict[str, str]:
    found = sorted(message.properties.all(), key=lambda item: item.pk)
    return {item.name: item.value for item in found}


def tags_in(given: dict[str, str]) -> list[str]:
    return [name.removeprefix(TAG) for name in given if name.startswith(TAG)]
