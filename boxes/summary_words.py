"""The codes of a message's summary in the words of clinicians: English message ids, translated
where a page is made."""


def _(text: str) -> str:
    """Mark for translation; the page that shows the word translates it."""
    return text


KINDS = {
    "laboratory_report": _("Laboratory report"),
    "laboratory_request": _("Laboratory request"),
    "nipt_request": _("NIPT request"),
    "radiology_report": _("Radiology report"),
    "specialist_letter": _("Specialist letter"),
    "free_message": _("Free message"),
    "referral": _("Referral letter"),
    "prescription": _("Prescription"),
    "record_transfer": _("Transfer of a patient record"),
    "result_report": _("Report of results"),
    "letter": _("Letter"),
    "dossier": _("Maternity record"),
    "nursing_handoff": _("Nursing handoff"),
    "communication": _("Message"),
    "clinical_document": _("Clinical document"),
    "patient_record": _("Patient data"),
    "form": _("Completed form"),
    "email": _("E-mail"),
    "image_study": _("Medical image"),
    "structured_report": _("Structured report"),
    "envelope": _("Enclosed message"),
    "message_list": _("List of messages"),
    "edifact_message": _("EDI message"),
    "hl7_message": _("HL7 message"),
    "fhir_resource": _("FHIR resource"),
    "hl7v3_message": _("HL7 version 3 message"),
    "xml": _("XML document"),
    "json": _("JSON document"),
    "table": _("Table"),
    "text": _("Text"),
    "pdf": _("PDF document"),
    "image": _("Image"),
    "fax_or_scan": _("Fax or scan (TIFF)"),
    "unknown": _("unknown"),
}

# As far as a list says it; a final report needs no word.
STATUSES = {
    "entered_in_error": _("entered in error"),
    "withdrawn": _("withdrawn"),
    "cancelled": _("cancelled"),
    "replaced": _("replaced by a newer version"),
    "corrected": _("corrected"),
    "partial": _("partial: results are still to follow"),
    "preliminary": _("preliminary"),
    "test": _("test message"),
    "final": "",
}
FLAGS = {
    "critical": _("critical"),
    "abnormal": _("abnormal"),
    "normal": _("normal"),
    "unjudged": _("not judged: read it yourself"),
    "none": "",
}
SIGNS = {"critical": "▲▲", "abnormal": "▲", "normal": "✓", "unjudged": "○", "none": ""}
# Results that nobody may overlook.
ALARMING = ("critical", "abnormal")
