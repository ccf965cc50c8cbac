"""The words of the log, for people: the one table that inbox, admin and export read."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from boxes.models import LogEntry

# An opening in the inbox fetches the content within this time.
TOGETHER = timedelta(minutes=1)

ACTIONS = {
    # seeing
    "open": gettext_noop("opened in the inbox"),
    "view": gettext_noop("content shown in the viewer"),
    "view embed": gettext_noop("content shown within another program"),
    "view print": gettext_noop("shown for printing"),
    "view api": gettext_noop("content fetched as a page by software"),
    "download": gettext_noop("file downloaded"),
    "list": gettext_noop("shown in a list"),
    "changes": gettext_noop("told to software that follows the box"),
    "webhook": gettext_noop("told to software by webhook"),
    "log": gettext_noop("looked who saw it"),
    "read": gettext_noop("fetched by software"),
    "read by user": gettext_noop("marked as opened"),
    "properties": gettext_noop("labels looked at"),
    "content": gettext_noop("content downloaded"),
    "attachment": gettext_noop("file downloaded"),
    "file": gettext_noop("file downloaded"),
    "token": gettext_noop("opened up for a viewer"),
    # carrying
    "send": gettext_noop("sent"),
    "deliver": gettext_noop("delivered"),
    "receive": gettext_noop("received"),
    "resend": gettext_noop("sent again"),
    "again": gettext_noop("sent once more"),
    "settle": gettext_noop("settled whether it arrived"),
    "arrived": gettext_noop("marked as arrived"),
    "remove": gettext_noop("removed"),
    "remind": gettext_noop("contacts told by mail that something waits"),
    # working
    "archive": gettext_noop("archived"),
    "unarchive": gettext_noop("put back into the inbox"),
    "unread": gettext_noop("marked as not opened"),
    "take": gettext_noop("taken"),
    "takeover": gettext_noop("taken over"),
    "release": gettext_noop("released"),
    "handled": gettext_noop("handled"),
    "reopen": gettext_noop("opened again"),
    "misdelivered": gettext_noop("closed as wrongly delivered"),
    "moved here": gettext_noop("moved here from another box"),
    "put back": gettext_noop("put back, for its sender was not reached"),
    "property": gettext_noop("label changed"),
    "label": gettext_noop("label changed"),
    "reply": gettext_noop("answer begun"),
    "reply_all": gettext_noop("answer begun"),
    "forward": gettext_noop("forwarded"),
    # coming in
    "sign in": gettext_noop("signed in"),
    "sign out": gettext_noop("signed out"),
    "second factor added": gettext_noop("second factor added"),
    "second factor removed": gettext_noop("second factor removed"),
    "recovery codes renewed": gettext_noop("recovery codes renewed"),
    "recovery code used": gettext_noop("recovery code used"),
    "provider tied": gettext_noop("tied to the organization's provider"),
    "password changed": gettext_noop("own password changed"),
    "password reset": gettext_noop("password set by a link in a mail"),
    "access by groups": gettext_noop("rights given by groups"),
    "refuse": gettext_noop("refused"),
    # running it
    "add": gettext_noop("made by a command"),
    "change": gettext_noop("changed by a command"),
    "grant": gettext_noop("rights given by a command"),
    "webhook add": gettext_noop("webhook made"),
    "webhook change": gettext_noop("webhook changed"),
    "webhook remove": gettext_noop("webhook removed"),
    "webhook test": gettext_noop("webhook tried"),
    "admin add": gettext_noop("made in the admin"),
    "admin change": gettext_noop("changed in the admin"),
    "admin delete": gettext_noop("removed in the admin"),
    "admin list": gettext_noop("shown in a list of the admin"),
    "admin view": gettext_noop("envelope looked at in the admin"),
    "admin open": gettext_noop("opened from the admin"),
    "admin retry": gettext_noop("tried again from the admin"),
    "admin send-again": gettext_noop("sent once more from the admin"),
    "admin arrived": gettext_noop("marked as arrived in the admin"),
    "admin test": gettext_noop("tried in the admin"),
    "admin on": gettext_noop("turned on in the admin"),
    "admin on-from-now": gettext_noop("turned on in the admin"),
    "admin off": gettext_noop("turned off in the admin"),
    "admin access": gettext_noop("access given or changed in the admin"),
    "admin withdraw": gettext_noop("withdrawn in the admin"),
    "admin invite": gettext_noop("invited by mail"),
    "admin leave": gettext_noop("all access of a person ended in the admin"),
    "admin search log": gettext_noop("log searched"),
    "admin export log": gettext_noop("log exported"),
}

OUTCOMES = {
    "ok": gettext_noop("done"),
    "box_not_open": gettext_noop("the box is not open to them"),
    "right_missing": gettext_noop("the right was missing"),
    "rate_limited": gettext_noop("too often"),
    "sign_in_failed": gettext_noop("name or password was wrong"),
    "second_factor_failed": gettext_noop("the second factor was wrong"),
    "user_inactive": gettext_noop("the user is not active"),
    "provider_failed": gettext_noop("the organization's provider failed"),
    "mail_not_sent": gettext_noop("the mail was not sent"),
    "token_missing": gettext_noop("without a token"),
    "token_invalid": gettext_noop("the token was not good"),
    "token_expired": gettext_noop("the token was too old"),
    "token_early": gettext_noop("the token was not valid yet"),
    "token_revoked": gettext_noop("the right behind the token was withdrawn"),
    "token_mismatch": gettext_noop("the token was for another message"),
    "token_conflict": gettext_noop("two different tokens"),
    "message_moved": gettext_noop("wrongly delivered, and closed"),
    "message_gone": gettext_noop("the message is no longer there"),
    "file_gone": gettext_noop("the file is no longer there"),
    "not_auditor": gettext_noop("not an auditor"),
}


def action_words(entry: LogEntry) -> str:
    """What was done. A word that nobody translated stays as it is written."""
    kind = entry.subject.partition(":")[0]
    for key in (f"{entry.action} {entry.detail}", f"{entry.action} by {kind}", entry.action):
        if key in ACTIONS:
            return _(ACTIONS[key])
    return entry.action


def outcome_words(entry: LogEntry) -> str:
    return _(OUTCOMES[entry.outcome]) if entry.outcome in OUTCOMES else entry.outcome


def who(entry: LogEntry) -> str:
    """The name that the person or key had then; for others the service itself or nobody."""
    if entry.subject_name:
        return entry.subject_name
    return {"system": _("MessageBox itself"), "anonymous": _("somebody not signed in")}.get(
        entry.subject, entry.subject
    )


def for_whom(entry: LogEntry) -> str:
    """The person whom software acted for, as it named them."""
    person = entry.on_behalf or {}
    return str(person.get("name") or person.get("id") or person.get("role") or "")


def once_an_opening(entries: Iterable[LogEntry]) -> list[LogEntry]:
    """Without the entries of the content that an opening in the inbox fetched: to a person
    these are one look. The log itself keeps both."""
    entries = list(entries)
    openings = [entry for entry in entries if entry.action == "open"]
    return [
        entry for entry in entries if not any(_fetched_by(opening, entry) for opening in openings)
    ]


def _fetched_by(opening: LogEntry, view: LogEntry) -> bool:
    facts = ("subject", "address", "box_name", "xuid")
    return (
        (view.action, view.detail) == ("view", "page")
        and all(getattr(opening, fact) == getattr(view, fact) for fact in facts)
        and timedelta(0) <= view.at - opening.at <= TOGETHER
    )
