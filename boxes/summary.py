"""What a list tells about a message without opening it, as the viewer read it at receipt."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from django.conf import settings

# The words of what the viewer reads, as codes; a test holds the viewer to them.
KINDS = tuple(
    "laboratory_report laboratory_request nipt_request radiology_report specialist_letter "
    "free_message referral prescription record_transfer result_report letter dossier "
    "nursing_handoff communication clinical_document patient_record form email image_study "
    "structured_report envelope message_list edifact_message hl7_message fhir_resource "
    "hl7v3_message xml json table text pdf image fax_or_scan unknown".split()
)
# In order of weight: a report with several says the first of these.
STATUSES = (
    "entered_in_error withdrawn cancelled replaced corrected partial preliminary test final"
).split()
# "unjudged": it may say anything, and nothing here can tell what; "none": a request or the like.
FLAGS = ("critical", "abnormal", "normal", "unjudged", "none")
# Report statuses that put a report in the place of an earlier one of the same order.
REPLACING = ("corrected", "withdrawn", "cancelled", "entered_in_error")
# More than these are not kept: what is not kept whole may not be compared.
MOST_NUMBERS = 30


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a report, each as a hash: of the orders that it answers, and its own."""

    orders: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()

    @classmethod
    def written(cls, text: str) -> Numbers:
        orders, _, reports = text.partition("/")
        return cls(frozenset(orders.split()), frozenset(reports.split()))

    def __str__(self) -> str:
        return f"{' '.join(sorted(self.orders))}/{' '.join(sorted(self.reports))}"

    def cover(self, earlier: Numbers) -> bool:
        """Whether a correction with these numbers takes the place of the whole of that report.

        They share the kinds of numbers that both have, and the correction leaves none out: an
        order may have several reports, and a report results of several samples.
        """
        pairs = ((earlier.orders, self.orders), (earlier.reports, self.reports))
        told = [(theirs, ours) for theirs, ours in pairs if theirs and ours]
        return bool(told) and all(theirs <= ours for theirs, ours in told)


@dataclass(frozen=True, slots=True)
class Summary:
    """``identity`` is one, nobody or unclear; only with one do the patient's fields count.

    ``kind``, ``status`` and ``flag`` are words of the viewer's vocabulary; ``birth_date`` is
    ISO 8601 in the precision that was sent, or empty.
    """

    kind: str = "unknown"
    flag: str = "none"
    status: str = ""
    identity: str = "nobody"
    patient_name: str = ""
    birth_date: str = ""
    sex: str = ""
    bsn: str = ""
    order_numbers: tuple[str, ...] = ()
    report_numbers: tuple[str, ...] = ()
    sender: str = ""
    urgent: bool = False

    @property
    def report_hash(self) -> str:
        """Equal for the reports of one sender about one patient, of which the numbers tell which
        is the correction of which; empty for what is no such report."""
        if not (self.numbers and self.sender and self.identity == "one"):
            return ""
        patient = self.bsn.zfill(9) if self.bsn else f"{self.patient_name}|{self.birth_date}"
        return keyed_hash("report", f"{' '.join(self.sender.split())}|{patient}".casefold())

    @property
    def numbers(self) -> str:
        """As they are kept; empty without any, or with more than can be kept."""
        count = len(self.order_numbers) + len(self.report_numbers)
        if not 0 < count <= MOST_NUMBERS:
            return ""
        return str(Numbers(hashes("order", self.order_numbers), hashes("own", self.report_numbers)))


def patient_number(text: str) -> str:
    """The nine digits of what was typed; empty where it is no number of a citizen."""
    digits = re.sub(r"[ .]", "", text)
    return digits.zfill(9) if re.fullmatch(r"[0-9]{8,9}", digits, re.ASCII) else ""


def names_a_citizen(text: str) -> bool:
    """Whether it is a number and its check digit says that of a citizen; noughts alone fill a
    field of whom nobody knows the number."""
    number = patient_number(text)
    if not number.strip("0"):
        return False
    *weighed, last = (int(digit) for digit in number)
    return (sum(n * w for n, w in zip(weighed, range(9, 1, -1), strict=True)) - last) % 11 == 0


def patient_hash(bsn: str) -> str:
    """What a citizen service number is searched by; leading zeros are often lost on the way."""
    digits = "".join(letter for letter in bsn if letter.isdigit())
    return keyed_hash("bsn", digits.zfill(9)) if digits else ""


def hashes(purpose: str, numbers: tuple[str, ...]) -> frozenset[str]:
    """Short ones: they tell the reports of one sender about one patient apart, and no more."""
    return frozenset(keyed_hash(purpose, number)[:16] for number in numbers)


def keyed_hash(purpose: str, text: str) -> str:
    return hmac.new(settings.HASH_KEY, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
