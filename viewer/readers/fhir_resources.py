"""The resources of FHIR as sections of a report; what is not known is shown with the names that it
has."""

from __future__ import annotations

from dataclasses import replace

from viewer.clinical import Party, Row, Text
from viewer.readers.drafts import Draft
from viewer.readers.fhir_bundle import PEOPLE
from viewer.readers.fhir_results import STATUSES, grouping, results
from viewer.readers.fhir_shelf import LIFE, MOMENTS, Shelf
from viewer.readers.fhir_tree import Branch
from viewer.readers.fhir_types import concept, identifier, instant, leaf_rows, timed, words

SHOWN = {
    "Communication": "communication",
    "DocumentReference": "letter",
    "Composition": "clinical_document",
    "DiagnosticReport": "result_report",
    "Observation": "result_report",
    "Patient": "patient_record",
}
TERMS = {
    "AllergyIntolerance": "allergy",
    "Condition": "condition",
    "Medication": "medication",
    "MedicationStatement": "medication",
    "MedicationRequest": "medication",
    "MedicationUse": "medication",
    "Procedure": "procedure",
    "Encounter": "encounter",
    "Task": "task",
    "Specimen": "specimen",
    "DocumentReference": "document",
    "Communication": "communication",
}
PRIORITIZED = (
    "Communication",
    "CommunicationRequest",
    "MedicationRequest",
    "ServiceRequest",
    "ReferralRequest",
    "ProcedureRequest",
    "Task",
)
REPORTS = {"LAB": "laboratory_report", "RAD": "radiology_report", "RUS": "radiology_report"}
TITLES = ("code", "medicationCodeableConcept", "vaccineCode", "type", "topic", "reasonCode")


class Showcase(Shelf):
    """Each resource that has a layout of its own, and a plain one for all others."""

    def show(self, branch: Branch, place: Draft | None = None) -> None:
        """A resource as a section of the report, or of the section that points at it."""
        if not self.first_time(branch):
            return
        place = self.body if place is None else place
        if branch.type in PRIORITIZED and branch.peek("priority") in ("urgent", "asap", "stat"):
            self.statuses.append("urgent")
        reader = getattr(self, f"show_{branch.type}", None)
        reader(branch, place) if reader else self.other(branch, place)

    # Reports

    def show_DiagnosticReport(self, branch: Branch, place: Draft) -> None:
        heading, code = concept(branch.one("code"))
        section = place.open(heading=heading)
        if code not in ("", heading):
            section.details.append(Row(term="code", value=code))
        status = self.status(branch, STATUSES)
        section.statuses.append(status)
        self.statuses.append(status)
        self.kind = self.kind or self.report_kind(branch)
        self.common(branch, laboratory=self.kind == "laboratory_report")
        section.moments.extend(timed(branch, "effective", "observed"))
        self.identifiers(branch, "report_number")
        for order in branch.all("basedOn"):
            if number := self.resources.name(order):
                self.numbers.append(Row(term="order_number", value=number))
        for reference in (*branch.all("result"), *branch.all("specimen")):
            self.pointed(reference, section)
        conclusion = section.open(term="conclusion")
        for text in (
            branch.text("conclusion"),
            words(branch, "conclusionCode"),
            words(branch, "codedDiagnosis"),
        ):
            self.text(conclusion, text)
        self.documents(branch, "presentedForm", section)
        self.narrative(branch, section)
        section.add(*self.left(branch))

    def report_kind(self, branch: Branch) -> str:
        """By the service that made it; a category that tells something else is shown."""
        found = ""
        for one in branch.all("category"):
            codes = [coding.peek("code") for coding in one.all("coding")]
            kind = next((REPORTS[code] for code in codes if code in REPORTS), "")
            text, _ = concept(one)
            if text and not kind:
                self.details.append(Row(term="category", value=text))
            found = found or kind
        return found or "result_report"

    def pointed(self, reference: Branch, section: Draft) -> None:
        """What a section points at, in its place; what is not in the message by its name."""
        found = self.resources.find(reference)
        if found is None:
            if name := self.resources.name(reference):
                section.add(Row(value=name))
            return
        reference.take("display")
        if found.type in PEOPLE:
            self.person(found)
        else:
            self.show(found, section)

    def show_Observation(self, branch: Branch, place: Draft, depth: int = 0) -> None:
        heading = grouping(branch)
        target = place
        if heading:
            last = place.sections[-1] if place.sections else None
            target = last if last and last.heading == heading else place.open(heading=heading)
        elif place is self.body:
            last = place.sections[-1] if place.sections else None
            target = last if last and last.term == "results" else place.open(term="results")
        members = [*branch.all("hasMember"), *self.related(branch)]
        extra = self.beside(branch)
        own, *parts = results(branch, depth)
        target.add(replace(own, details=(*own.details, *extra)), *parts)
        if own.changed:
            self.statuses.append("corrected")
        elif target in self.body.sections and not heading:
            self.statuses.append(own.status)
        self.documents(branch, "valueAttachment", target)
        self.narrative(branch, target)
        for reference in members:
            found = self.resources.find(reference)
            reference.take("display")
            if found is None or found.type != "Observation":
                self.pointed(reference, target)
            elif self.first_time(found):
                self.show_Observation(found, target, min(depth + 1, 5))
            else:
                self.circular = True

    def related(self, branch: Branch) -> list[Branch]:
        """STU3's members."""
        targets = []
        for one in branch.all("related"):
            one.take("type")
            targets.extend(one.all("target"))
        return targets

    def beside(self, branch: Branch) -> list[Row]:
        """Who measured it, on what and with what, beside a result."""
        rows = []
        for name, term in (
            ("performer", "observer"),
            ("specimen", "specimen"),
            ("device", "device"),
        ):
            for reference in branch.all(name):
                text = self.resources.name(reference)
                if text and text not in [
                    party.organization or party.person for party in self.parties
                ]:
                    rows.append(Row(term=term, value=text))
        for moment in instant(branch, "issued", "authorised"):
            if moment not in self.moments:
                self.moments.append(moment)
        return rows

    # Documents and messages

    def show_Composition(self, branch: Branch, place: Draft) -> None:
        self.title = branch.text("title")
        kind, _ = concept(branch.one("type"))
        profiles = " ".join(text for meta in branch.all("meta") for text in meta.texts("profile"))
        handoff = "eOverdracht" in profiles or "overdracht" in kind.casefold()
        self.kind = "nursing_handoff" if handoff else "clinical_document"
        if kind and kind != self.title:
            self.details.append(Row(term="kind", value=kind))
        self.statuses.append(self.status(branch, LIFE))
        if branch.text("confidentiality") in ("R", "V"):
            self.statuses.append("restricted")
        self.common(branch)
        for one in branch.all("attester"):
            for reference in one.all("party"):
                self.actor(reference, "authenticator")
            self.moments.extend(instant(one, "time", "signed"))
            one.take("mode")
        for section in branch.all("section"):
            self.composed(section, place)
        self.narrative(branch, place)
        if left := self.left(branch):
            place.open(term="other_data").add(*left)

    def composed(self, branch: Branch, place: Draft) -> None:
        """A section of a document: what its author wrote, then what is coded, then its parts."""
        heading, _ = concept(branch.one("code"))
        section = place.open(heading=branch.text("title") or heading)
        for text in branch.all("text"):
            text.take("status")
            for markup in text.texts("div"):
                section.add(Text(markup=markup))
        for reason in branch.all("emptyReason"):
            section.details.append(Row(term="empty_section", value=concept(reason)[0]))
        for entry in branch.all("entry"):
            self.pointed(entry, section)
        for inner in branch.all("section"):
            self.composed(inner, section)
        section.add(*leaf_rows(branch))

    def show_MessageHeader(self, branch: Branch, place: Draft) -> None:
        self.common(branch)
        for name, role in (("source", "from"), ("destination", "to")):
            for one in branch.all(name):
                text = one.text("name") or one.text("software")
                address = one.text("endpoint")
                self.parties.append(Party(role, organization=text or address))
        for name in ("event", "eventCoding", "reason"):
            if text := words(branch, name):
                self.details.append(Row(term="event" if name != "reason" else "reason", value=text))
        for reference in branch.all("focus"):
            self.pointed(reference, place)
        if left := self.left(branch):
            place.open(term="technical").add(*left)

    def show_Communication(self, branch: Branch, place: Draft) -> None:
        self.title = self.title or words(branch, "topic")
        section = place.open(heading=self.title, term="" if self.title else "communication")
        branch.take("priority")
        if category := words(branch, "category"):
            section.details.append(Row(term="category", value=category))
        self.state(branch, section)
        self.common(branch)
        for payload in branch.all("payload"):
            self.text(section, payload.text("contentString"))
            self.documents(payload, "contentAttachment", section)
            for reference in payload.all("contentReference"):
                self.pointed(reference, section)
        self.narrative(branch, section)
        section.add(*self.left(branch))

    def show_DocumentReference(self, branch: Branch, place: Draft) -> None:
        kind = words(branch, "type")
        self.title = self.title or kind or branch.peek("description")
        section = place.open(heading=kind or branch.peek("description"))
        self.state(branch, section)
        self.common(branch)
        if description := branch.text("description"):
            section.details.append(Row(term="description", value=description))
        self.identifiers(branch, "document_number")
        for one in branch.all("masterIdentifier"):
            self.numbers.append(Row(term="document_number", value=identifier(one)[1]))
        for one in branch.all("relatesTo"):
            code = one.text("code")
            target = ", ".join(self.resources.name(reference) for reference in one.all("target"))
            self.numbers.append(
                Row(
                    term="replaced_document" if code == "replaces" else "document_number",
                    value=target,
                )
            )
        for one in branch.all("content"):
            self.documents(one, "attachment", section)
            for form in one.all("format"):
                form.postpone()
        self.narrative(branch, section)
        section.add(*self.left(branch))

    # Anything else

    def other(self, branch: Branch, place: Draft) -> None:
        """A resource without a layout of its own: status first, then all its names and values."""
        heading = next((text for text in (words(branch, name) for name in TITLES) if text), "")
        term = TERMS.get(branch.type, "")
        section = place.open(heading=heading or ("" if term else branch.type), term=term)
        if heading and not term:
            section.details.append(Row(term="kind", value=branch.type))
        self.state(branch, section)
        self.narrative(branch, section)
        for name, meaning in MOMENTS.items():
            section.moments.extend(instant(branch, name, meaning))
        branch.take("resourceType", "id")
        self.subjects(branch)
        self.pointers(branch)
        section.add(*leaf_rows(branch))
