"""A message as a list shows it: plain words, ready for the template."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from boxes.inbox.folders import BY_STATUS
from boxes.models import Attachment, Delivery, Handling, Message, Misdelivery, Property
from boxes.models.known import UNJUDGED
from boxes.moment_words import day_in_words, moment_in_full, moment_in_words
from boxes.summary import names_a_citizen, patient_hash
from boxes.summary_words import ALARMING, FLAGS, KINDS, SIGNS, STATUSES
from boxes.words import words_of

MOST_NAMES = 3
MOST_LABELS = 2
NAMES, NUMBER = ("patiënt", "patient"), "bsn"
# All of a message that a row of a list reads.
SHOWN = (
    "xuid direction status subject from_name from_address to cc created_at misdelivered_at known "
    "kind flag urgent report_status identity patient_name patient_birth patient_hash replaced_by "
    "handling__holder handling__holder_name handling__handled_at"
).split()


class Label(NamedTuple):
    """What a list needs of a property: a page has hundreds."""

    name: str
    value: str


@dataclass
class Row:
    """``unread`` is this person's own; ``address`` is that of its page; ``folder`` is named
    where a list goes through several; ``is_open`` is the one that stands beside its list."""

    message: Message
    unread: bool = False
    address: str = ""
    folder: str = ""
    is_open: bool = False

    @property
    def xuid(self) -> str:
        return self.message.xuid

    @property
    def incoming(self) -> bool:
        return self.message.direction == Message.Direction.IN

    @cached_property
    def subject(self) -> str:
        """Of a stub: where the message went."""
        if self.message.is_closed:
            return self.message.misdelivery.sentence
        return self.message.subject.strip() or _("(no subject)")

    @cached_property
    def patient(self) -> str:
        """Who it is about; empty where nobody is named or nothing was read."""
        return self.message.patient_name if self.message.identity == "one" else ""

    @property
    def patient_in_doubt(self) -> bool:
        return self.message.identity in ("unclear", "several", "contradictory")

    @property
    def born(self) -> str:
        return day_in_words(self.message.patient_birth) if self.patient else ""

    @property
    def kind(self) -> str:
        word = KINDS.get(self.message.kind, "")
        return _(word) if word and self.message.kind != "unknown" else ""

    @property
    def flag(self) -> str:
        return self.message.flag if self.message.flag in ALARMING else ""

    @property
    def flag_in_words(self) -> str:
        return f"{SIGNS[self.flag]} {_(FLAGS[self.flag])}" if self.flag else ""

    @property
    def unjudged(self) -> bool:
        """Whether nothing told yet if anything in it is abnormal; of what somebody handled, or we
        wrote ourselves, or went to another box, that is no news."""
        known = self.message.known == Message.State.KNOWN or self.message.is_closed
        return self.incoming and not self.handled and (self.message.flag == UNJUDGED or not known)

    @property
    def urgent(self) -> bool:
        return self.message.urgent

    @cached_property
    def report_status(self) -> str:
        if self.message.replaced_by_id:
            return _("replaced by a later report")
        word = STATUSES.get(self.message.report_status, "")
        return _(word) if word else ""

    @property
    def replacement(self) -> str:
        """The address of the later report that replaces this one; empty where none does."""
        later = Message.objects.filter(replaces=self.message).select_related("box").first()
        if later is None:
            return ""
        slug = BY_STATUS[later.status].slug
        return reverse("inbox:message", args=(later.box.name, slug, later.xuid))

    @property
    def people(self) -> str:
        """From whom; of a sent one, to whom."""
        if self.incoming:
            return self.message.from_name or self.message.from_address or _("(no sender named)")
        names = [item.get("displayName") or item.get("address", "") for item in self.message.to]
        names += [item.get("displayName") or item.get("address", "") for item in self.message.cc]
        more = len(names) - MOST_NAMES
        text = ", ".join(names[:MOST_NAMES])
        return (
            text
            if more <= 0
            else ngettext("%(names)s and %(n)d more", "%(names)s and %(n)d more", more)
            % {"names": text, "n": more}
        )

    @cached_property
    def at(self) -> datetime:
        return localtime(self.message.created_at)

    @property
    def when(self) -> str:
        return moment_in_words(self.at)

    @property
    def whole_moment(self) -> str:
        return moment_in_full(self.at)

    @cached_property
    def files(self) -> int:
        return len(self.message.attachments.all())

    @cached_property
    def properties(self) -> Sequence[Label | Property]:
        return list(self.message.properties.all())

    @cached_property
    def labels(self) -> list[tuple[Label | Property, str]]:
        """Each with what lists others of the same; nothing where that would put a patient's
        number into an address."""
        return [
            (item, "" if names_patient_number(item) else urlencode(pair_of(item)))
            for item in self.properties
        ]

    @cached_property
    def own_labels(self) -> list[Label | Property]:
        """Those that say what the row does not say already; who it is about comes first."""
        own = [item for item in self.properties if not self._repeats(item)]
        return sorted(own, key=lambda item: item.name.casefold() not in (*NAMES, NUMBER))

    def _repeats(self, item: Label | Property) -> bool:
        """A patient's name or number that differs from the row's own is never taken for it."""
        name = item.name.casefold()
        if name in NAMES:
            said = set(words_of(item.value))
            return bool(said) and said <= set(words_of(self.patient))
        if name != NUMBER:
            return False
        if self.patient:
            return patient_hash(item.value) == self.message.patient_hash
        return any(other.name.casefold() in NAMES for other in self.properties)

    @property
    def first_labels(self) -> list[Label | Property]:
        """As many as a row has room for."""
        return self.own_labels[:MOST_LABELS]

    @property
    def more_labels(self) -> int:
        return len(self.own_labels) - len(self.first_labels)

    @cached_property
    def handling(self) -> Handling | None:
        return getattr(self.message, "handling", None)

    @property
    def held_by(self) -> str:
        """Which colleague has it, or handled it; empty when nobody."""
        return self.handling.holder_name if self.handling and self.handling.holder else ""

    @property
    def handled(self) -> bool:
        return bool(self.handling and self.handling.handled_at)

    @property
    def marked(self) -> bool:
        """Whether there is more to say of it than its two lines do."""
        return bool(self.report_status or self.held_by or self.handled or self.own_labels)

    @property
    def needs_somebody(self) -> bool:
        """Abnormal, and nobody has handled it: bulk work leaves it alone."""
        return bool(self.flag) and self.incoming and not self.handled

    @property
    def urgent_and_unseen(self) -> bool:
        """Urgent, and nobody opened or handled it: bulk work leaves it alone as well."""
        return self.urgent and self.incoming and not self.handled and not self.message.read_at

    @cached_property
    def spoiled(self) -> Sequence[Delivery]:
        """The deliveries of a sent one that did not succeed."""
        if self.message.status != Message.Status.ERROR:
            return ()
        return [item for item in self.message.deliveries.all() if item.status in Delivery.SPOILED]

    @property
    def trouble(self) -> str:
        """Of a sent one: to whom it did not go, and why."""
        return "; ".join(
            f"{item.address}: {item.trouble_in_plain_words}" for item in self.spoiled[:2]
        )


def pair_of(item: Label | Property) -> dict[str, str]:
    return {"property": item.name, "value": item.value}


def names_patient_number(item: Label | Property) -> bool:
    """Whether a label holds a BSN, by its name or by its check digit."""
    return "bsn" in item.name.casefold() or names_a_citizen(item.value)


def read_rows(keys: Sequence[int]) -> list[Row]:
    """The rows of these messages in their order, by as many queries as for one."""
    messages = Message.objects.select_related("handling").only(*SHOWN)
    rows = {message.pk: Row(message) for message in messages.filter(pk__in=keys)}
    with_files = Attachment.objects.filter(message__in=rows).order_by()
    labels, files = _labels_of(rows), Counter(with_files.values_list("message_id", flat=True))
    for key, row in rows.items():
        row.properties, row.files = labels[key], files[key]
    _add_troubles(rows)
    _add_sentences_of_stubs(rows)
    return [rows[key] for key in keys if key in rows]


def _labels_of(keys: Collection[int]) -> dict[int, list[Label]]:
    found: dict[int, list[Label]] = defaultdict(list)
    pairs = Property.objects.filter(message__in=keys).order_by("message_id", "name")
    for key, name, value in pairs.values_list("message_id", "name", "value"):
        found[key].append(Label(name, value))
    return found


def _add_sentences_of_stubs(rows: dict[int, Row]) -> None:
    closed = [key for key, row in rows.items() if row.message.is_closed]
    if not closed:
        return
    found = Misdelivery.objects.filter(message__in=closed).select_related("moved_to__box")
    for made in found:
        rows[made.message_id].subject = made.sentence


def _add_troubles(rows: dict[int, Row]) -> None:
    failed = [key for key, row in rows.items() if row.message.status == Message.Status.ERROR]
    if not failed:
        return
    spoiled: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in Delivery.objects.filter(message__in=failed, status__in=Delivery.SPOILED):
        spoiled[delivery.message_id].append(delivery)
    for key in failed:
        rows[key].spoiled = spoiled[key]
