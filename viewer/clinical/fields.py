"""Names that formats have for their fields, and the codes in them, as a clinician would say them.

For what no reader gives a place of its own: it is shown, but not in the language of machines.
"""

from __future__ import annotations

import re

from viewer.clinical.values import Row
from viewer.clinical.words import _

FIELDS = {
    "act": _("Act"),
    "addr": _("Address"),
    "address": _("Address"),
    "administrativegendercode": _("Sex"),
    "administrationunitcode": _("Unit"),
    "assignedauthor": _("Author"),
    "assignedentity": _("Care provider"),
    "assignedperson": _("Person"),
    "author": _("Author"),
    "birthtime": _("Born"),
    "city": _("City"),
    "code": _("Code"),
    "comment": _("Comment"),
    "communication": _("Language"),
    "consumable": _("Medicine"),
    "contact": _("Contact person"),
    "country": _("Country"),
    "criticality": _("Severity"),
    "date": _("Date"),
    "description": _("Description"),
    "direction": _("Direction"),
    "district": _("District"),
    "dosequantity": _("Dose"),
    "effectivetime": _("Time"),
    "email": _("E-mail address"),
    "encounter": _("Contact"),
    "extension": _("Additional data"),
    "family": _("Surname"),
    "form": _("Form"),
    "gender": _("Sex"),
    "given": _("Given names"),
    "id": _("Number"),
    "intent": _("Intent"),
    "language": _("Language"),
    "line": _("Address"),
    "manifestation": _("Symptom"),
    "manufacturedmaterial": _("Medicine"),
    "manufacturedproduct": _("Product"),
    "maritalstatus": _("Marital status"),
    "methodcode": _("Method"),
    "name": _("Name"),
    "note": _("Note"),
    "onset": _("Start"),
    "organizer": _("Group"),
    "originaltext": _("Text"),
    "participant": _("Involved"),
    "performer": _("Performed by"),
    "period": _("Period"),
    "phone": _("Telephone"),
    "playingentity": _("What it is about"),
    "postalcode": _("Postcode"),
    "priority": _("Priority"),
    "prioritycode": _("Priority"),
    "procedure": _("Procedure"),
    "quantity": _("Quantity"),
    "reaction": _("Reaction"),
    "reason": _("Reason"),
    "reference": _("Reference"),
    "relationship": _("Relationship"),
    "repeatnumber": _("Number of times"),
    "routecode": _("Route of administration"),
    "severity": _("Severity"),
    "specimen": _("Specimen"),
    "state": _("Province"),
    "status": _("Status"),
    "statuscode": _("Status"),
    "streetaddressline": _("Street"),
    "subject": _("Subject"),
    "substance": _("Substance"),
    "substanceadministration": _("Medication"),
    "supply": _("Supply"),
    "targetsitecode": _("Body site"),
    "telecom": _("Telephone"),
    "text": _("Text"),
    "time": _("Time"),
    "translation": _("Other code"),
    "type": _("Kind"),
    "use": _("Use"),
    "value": _("Value"),
    "version": _("Version"),
}
"""By the name without spaces, in small letters."""

CODES = {
    "active": _("active"),
    "completed": _("completed"),
    "draft": _("draft"),
    "false": _("no"),
    "high": _("high"),
    "home": _("home"),
    "inactive": _("not active"),
    "low": _("low"),
    "mild": _("mild"),
    "mobile": _("mobile"),
    "moderate": _("moderate"),
    "nl": _("Dutch"),
    "en": _("English"),
    "old": _("no longer in use"),
    "official": _("official"),
    "routine": _("routine"),
    "severe": _("severe"),
    "submitted": _("submitted"),
    "true": _("yes"),
    "urgent": _("urgent"),
    "work": _("work"),
}
"""What may stand in these fields, where it is a code and no text of a person."""
CODED = ("criticality", "intent", "language", "priority", "severity", "status", "use")
SPECIMENS = {
    "BLD": _("blood"),
    "PLAS": _("plasma"),
    "SER": _("serum"),
    "STL": _("stool"),
    "SPT": _("sputum"),
    "CSF": _("cerebrospinal fluid"),
    "UR": _("urine"),
    "SAL": _("saliva"),
    "THRT": _("throat"),
    "VAG": _("vagina"),
}
"""HL7's codes for what a sample is of."""
_KEY = re.compile(r"[a-z][A-Za-z]*(?: [A-Za-z]+){0,3}", re.ASCII)


def field(label: str) -> str:
    """The name of a field as it is looked up; nothing when a person wrote the label."""
    return label.replace(" ", "").lower() if _KEY.fullmatch(label) else ""


def field_words(label: str) -> str:
    return FIELDS.get(field(label), "")


def code_words(row: Row) -> str:
    if row.term == "specimen_source":
        return SPECIMENS.get(row.value, "")
    return CODES.get(row.value.lower(), "") if field(row.label) in CODED else ""
