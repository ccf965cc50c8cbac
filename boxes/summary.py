"""What a list tells about a message without opening it, as the viewer read it at receipt."""

import hashlib
import hmac
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
FLAGS = ("critical", "abnormal", "normal", "none")
# Report statuses that put a report in the place of an earlier one of the same order.
REPLACING = ("corrected", "withdrawn", "cancelled", "entered_in_error")


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
    order_number: str = ""
    sender: str = ""

    @property
    def report_hash(self) -> str:
        """Equal for a report and its correction: same sender, order number and patient."""
        if not (self.order_number and self.sender and self.identity == "one"):
            return ""
        patient = self.bsn or f"{self.patient_name}|{self.birth_date}"
        return keyed_hash("report", f"{self.sender}|{self.order_number}|{patient}")


def patient_hash(bsn: str) -> str:
    """What a citizen service number is searched by; leading zeros are often lost on the way."""
    digits = "".join(letter for letter in bsn if letter.isdigit())
    return keyed_hash("bsn", digits.zfill(9)) if digits else ""


def keyed_hash(purpose: str, text: str) -> str:
    return hmac.new(settings.HASH_KEY, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
