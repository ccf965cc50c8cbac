"""Whatever comes in, a reader gives values or says that it cannot; and what it reads it does not
lose."""

import dataclasses
import json
import os
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.viewer.readers.conftest import DATA
from viewer.clinical import WORDS, Document, Notice, Unreadable, summary, trends
from viewer.readers import READERS, read

SAMPLES = {
    "application/vnd.edi.medlab+xml": [
        "zorgmail-medlab-xml/full-grouped.xml",
        "zorgmail-medlab-xml/engine-style-segments.xml",
    ],
    "application/vnd.edi.medspe+xml": [
        "zorgmail-medspe-xml/full.xml",
        "zorgmail-medspe-xml/simple.xml",
    ],
    "application/vnd.edi.medvri+xml": [
        "zorgmail-medvri-xml/full.xml",
        "zorgmail-medvri-xml/simple.xml",
    ],
    "application/vnd.edi.mednip+xml": ["zorgmail-mednip-xml/simple.xml"],
    "application/edifact": [
        f"edifact/{file.name}" for file in sorted((DATA / "edifact").glob("*.edi"))
    ],
    "application/hl7-v2": [f"hl7v2/{file.name}" for file in sorted((DATA / "hl7v2").glob("*.hl7"))],
    "application/fhir+json": ["fhir-r4/bundle-simple.json", "fhir-r4/communication.json"],
    "application/fhir+xml": [
        "fhir-stu3/eoverdracht-full.xml",
        "fhir-r4/public/nl-core-Patient-01.xml",
    ],
    "application/hl7-cda+xml": ["cda/full-letter.xml", "cda/public/ccda-referral-note.xml"],
    "application/vnd.nl.perinatologie.resource+xml": [
        "hub-xml/full.xml",
        "hub-xml/legacy-forms.xml",
    ],
    "application/vnd.formidable.instance+json": [
        "formidable/full-instance.json",
        "formidable/nested-sections.json",
    ],
    "application/vnd.messagebox.envelope+json": ["messagebox-envelope/full-list.json"],
    "application/json": ["formidable/full-instance.json"],
    "message/rfc822": ["message-rfc822/full-html-inline-image-pdf.eml"],
    "application/dicom": ["dicom/simple-mono16.dcm", "dicom/public/reportsi.dcm"],
    "image/jpeg": ["image/full-exif-rotated.jpg"],
    "application/pdf": ["pdf/simple.pdf"],
}
EVERY = [(kind, name) for kind, names in SAMPLES.items() for name in names]
EXAMPLES = int(os.environ.get("READER_EXAMPLES", "15"))
slow = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=EXAMPLES)


def tried(kind, content):
    """The document, or nothing when its reader refuses; any other error fails the test."""
    try:
        found = read(kind, content)
    except Unreadable:
        return None
    assert isinstance(found, Document)
    summary(found)
    trends(found.results)
    return found


def texts(value):
    """Every text in a value, whatever its shape."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from texts(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))


def bare(text):
    """Letters and digits only: how values are laid out does not matter here."""
    return re.sub(r"[\W_]+", "", text).casefold()


def shown(document):
    return "\n".join(bare(text) for text in texts(document))


@pytest.mark.parametrize("kind", READERS)
@slow
@given(content=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(kind, content):
    tried(kind, content)


@pytest.mark.parametrize(("kind", "name"), EVERY)
@slow
@given(data=st.data())
def test_a_damaged_message_is_read_or_refused(kind, name, data):
    content = bytearray((DATA / name).read_bytes()[:6_000])
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(
            st.sampled_from(b"'+:?|^~&\\<>\"/={}[],.\x00\xff\x800aA\r\n ") | st.integers(0, 255)
        )
    cut = data.draw(st.integers(0, len(content)))

    tried(kind, bytes(content))
    tried(kind, bytes(content[:cut]))


words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=25,
)
fhir_names = st.sampled_from(
    "status code subject valueQuantity valueString coding display text value unit reference result "
    "identifier component interpretation referenceRange low high name family given extension url "
    "contained hasMember note category section entry title payload contentString content "
    "attachment data".split()
)
fhir_values = st.recursive(
    st.none() | st.booleans() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fhir_names, inner, max_size=5),
    max_leaves=30,
)


def leaves(value):
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, str):
        yield value


@slow
@given(data=values)
def test_no_answer_of_a_form_gets_lost(data):
    found = tried("application/vnd.formidable.instance+json", json.dumps(data).encode())

    if found:
        page = shown(found)
        assert not [text for text in leaves(data) if bare(text) not in page]


@slow
@given(data=values)
def test_no_value_of_a_json_text_gets_lost(data):
    found = tried("application/json", json.dumps(data).encode())

    if found:
        page = shown(found)
        assert not [text for text in leaves(data) if bare(text) not in page]


@pytest.mark.parametrize(
    "kind",
    [
        "Observation",
        "DiagnosticReport",
        "Patient",
        "Composition",
        "Communication",
        "DocumentReference",
        "Condition",
        "Bundle",
    ],
)
@slow
@given(data=st.dictionaries(fhir_names, fhir_values, max_size=6))
def test_no_text_of_a_resource_gets_lost(kind, data):
    found = tried("application/fhir+json", json.dumps({"resourceType": kind} | data).encode())

    if found:
        page = shown(found)
        assert not [text for text in leaves(without_pointers(data)) if bare(text) not in page]


def without_pointers(value):
    """Pointers between resources are for machines, and so is how a narrative was made."""
    if isinstance(value, dict) and isinstance(value.get("text"), dict):
        value = value | {"text": {**value["text"], "status": ""}}
    if isinstance(value, dict):
        return {
            name: without_pointers(one)
            for name, one in value.items()
            if name not in ("reference", "url")
        }
    return [without_pointers(one) for one in value] if isinstance(value, list) else value


# Syntax, and what would make a text in one of the two character sets valid in the other.
NEVER_ALONE = "'+:?" + "".join(map(chr, range(0x80, 0xC0)))
fields = st.text(
    st.characters(codec="latin-1", exclude_categories=("Cc", "Cs"), exclude_characters=NEVER_ALONE),
    min_size=1,
    max_size=12,
)
tags = st.sampled_from(
    "ZKH GGA PID PAD ART SPE AFD ARA KOP BLG DET IDE OPM SEC BEP OPB NUB OPU COM TXT CON REF XYZ "
    "GGO".split()
)
segments = st.lists(st.tuples(tags, st.lists(st.lists(fields, max_size=7), max_size=9)), max_size=8)


@pytest.mark.parametrize("kind", ["MEDLAB:1", "MEDVRI:1", "MEDSPE:1", "MEDREC:1"])
@slow
@given(body=segments)
def test_no_component_of_an_edi_message_gets_lost(kind, body):
    lines = [
        f"UNH+1+{kind}",
        *("+".join([tag, *(":".join(one) for one in elements)]) for tag, elements in body),
    ]

    found = tried(
        "application/edifact", "".join(f"{line}'" for line in lines).encode("cp1252", "ignore")
    )

    page = shown(found)
    sent = [
        one
        for tag, elements in body
        for components in ([[], *elements[1:]] if tag == "BEP" and elements else elements)
        for one in components
    ]
    assert not [
        one for one in sent if bare(one.encode("cp1252", "ignore").decode("cp1252")) not in page
    ]


hl7_fields = st.text(
    st.characters(codec="ascii", exclude_categories=("Cc",), exclude_characters='|^~&\\"'),
    min_size=1,
    max_size=10,
)
hl7_segments = st.lists(
    st.tuples(
        st.sampled_from("PID PV1 ORC OBR OBX NTE TXA ZZZ".split()),
        st.lists(st.lists(hl7_fields, max_size=6), max_size=30),
    ),
    max_size=5,
)


@slow
@given(body=hl7_segments)
def test_no_component_of_an_hl7_message_gets_lost(body):
    lines = [r"MSH|^~\&|a|b|c|d|20260101||ORU^R01|1|P|2.5"]
    for tag, found in body:
        lines.append("|".join([tag, *("^".join(components) for components in found)]))

    document = tried("application/hl7-v2", "\r".join(lines).encode())

    page = shown(document)
    machine = {
        "ORC": (1, 5),
        "OBR": (1,),
        "OBX": (1, 2, 12),
        "NTE": (1, 2, 4),
        "TXA": (1, 3),
        "PID": (1,),
        "PV1": (1, 2),
    }
    coded = [("OBR", 15), ("OBR", 31), ("OBX", 15), ("OBX", 16), ("TXA", 2)]
    sent = [
        (tag, number, text)
        for tag, fields_ in body
        for number, components in enumerate(fields_, 1)
        for place, text in enumerate(components)
        if number not in machine.get(tag, ())
        # A code beside its words is for machines.
        if place or not components[1:2] or (tag, number) not in coded
    ]
    assert not [one for one in sent if bare(one[2]) not in page]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind, name in EVERY
        if kind.startswith("application/vnd.edi") or "perinatologie" in kind
    ],
)
def test_every_text_of_an_xml_sample_is_shown(kind, name):
    content = (DATA / name).read_bytes()
    page = shown(read(kind, content))

    decoration = ("*", "-----OPM-----")
    sent = [
        text
        for element in etree.fromstring(content).iter(etree.Element)
        for text in (element.text or "", element.tail or "", *values_of(element))
        if text.strip() and text.strip() not in decoration
    ]
    lines = [line.removeprefix("BSN") for text in sent for line in text.splitlines()]
    assert len(lines) > 10
    assert not [line for line in lines if bare(line) not in page and line not in READ_AS_MEANING]


READ_AS_MEANING = ("UNOC", "UNOA", "Bepaling", "Tekst", "NAAR", "15")
"""Syntax, kinds of row, direction of a copy, number of segments: read, not shown as they stand."""


def values_of(element):
    """Attributes that say something: not the documentation of the schema, nor numbers of
    elements."""
    quiet = (
        "EDI-",
        "concept",
        "keyid",
        "segmentDelimiter",
        "elementDelimiter",
        "una",
        "type",
        "repeat",
        "group",
    )
    if element.tag in ("EDIFACTInterchange",):
        return []
    return [value for name, value in element.attrib.items() if not name.startswith(quiet)]


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_code_that_a_reader_uses_has_words(kind, name):
    document = read(kind, (DATA / name).read_bytes())

    assert not [code for code in codes(document) if code and code not in WORDS]


def codes(value):
    """Everything that a page puts into words."""
    coded = ("term", "value_term", "name_term", "kind", "role", "meaning", "flag", "status", "sex")
    if isinstance(value, Notice):
        yield value.code
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from codes(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            found = getattr(value, field.name)
            if field.name == "statuses":
                yield from found
            elif (
                field.name in coded
                and field.name != "kind"
                or field.name == "kind"
                and type(value).__name__ == "Report"
            ):
                yield found
            else:
                yield from codes(found)
