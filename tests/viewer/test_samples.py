"""Every sample message on its page: who it is about, what was found, what came with it."""

import html
import re
from pathlib import Path

import pytest
from django.utils import translation

from viewer import readers, renderers
from viewer.clinical import Attachment, Document, Moment, Notice, Patient, Row
from viewer.jobs import FULL, Job
from viewer.renderers.fallback import FallbackRenderer
from viewer.renderers.plain import all_seen
from viewer.templatetags.words import label, valued

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parent.parent / "data"
FOLDERS = {
    "cda": "application/hl7-cda+xml",
    "dicom": "application/dicom",
    "edifact": "application/edifact",
    "formidable": "application/vnd.formidable.instance+json",
    "hl7v2": "application/hl7-v2",
    "hub-xml": "application/vnd.nl.perinatologie.resource+xml",
    "message-rfc822": "message/rfc822",
    "messagebox-envelope": "application/vnd.messagebox.envelope+json",
    "zorgmail-medlab-xml": "application/vnd.edi.medlab+xml",
    "zorgmail-mednip-xml": "application/vnd.edi.mednip+xml",
    "zorgmail-medspe-xml": "application/vnd.edi.medspe+xml",
    "zorgmail-medvri-xml": "application/vnd.edi.medvri+xml",
}
NO_MESSAGES = ("README.md", "resource.xsd", "definition-contact.xml")


def samples():
    """Every sample of a clinical format, by its path and its content type."""
    for path in sorted(DATA.rglob("*.*")):
        folder = path.relative_to(DATA).parts[0]
        if path.name in NO_MESSAGES or not path.is_file():
            continue
        if folder.startswith("fhir"):
            yield str(path.relative_to(DATA)), f"application/fhir+{path.suffix[1:]}"
        elif folder in FOLDERS:
            yield str(path.relative_to(DATA)), FOLDERS[folder]


SAMPLES = list(samples())
# A row of a result, with what is remarked on it below it.
ROW = r"<tr class.*?</tr>(?:\s*<tr class=\"mbx-beneath.*?</tr>)?"
# A finding that nobody measured.
FACT = r"<div[^>]*><dt>.*?</div>"
SANNE = "DUINMEIJER – van der KLAVER, Sanne (mw. S.J.) Geboren 14 mrt 1991"
PIETER = "ZANDSTRATEN, Pieter (dhr. P.H.) Geboren 2 nov 1958"
ZOE = "van 't HOOFT – BRUÏNSMA, Zoë"
DAAN = "WILGENRIJK, Daan (dhr. D.) Geboren 5 sep 2021"


def words(markup):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)).strip())


def shown(path, content_type, **more):
    content = (DATA / path).read_bytes()
    return renderers.render(
        Job(content, content_type, len(content), **{"language": "nl", "mode": "print", **more})
    )


def everything(rendered):
    return words(rendered.banner + rendered.summary + rendered.html + rendered.document) + words(
        rendered.after
    )


@pytest.mark.parametrize(
    ("path", "banner", "told"),
    [
        (
            "edifact/medlab-simple.edi",
            f"{PIETER} (# jr) Geslacht Man BSN 9999 90 044",
            [
                "2 van 3 uitslagen afwijkend",
                "Glucose nuchter GLUN P 7.4 mmol/l 3.5 – 6.0 ↑ hoog",
                "Hemoglobine HB B 8.9 mmol/l 8.5 – 11.0",
                "Streefwaarde met huisarts bespreken",
                "Streeklab Duinrand",
            ],
        ),
        (
            "edifact/medrpt32-simple.edi",
            "DUINMEIJER – van der KLAVER (mw. S.J.) Geboren 14 mrt 1991",
            ["3 van 3 uitslagen afwijkend", "Kalium K B 3,4 mmol/l 3,5 – 5,0 ↓ laag"],
        ),
        (
            "edifact/medrad-simple.edi",
            PIETER,
            ["Radiologieverslag", "Vraagstelling", "Pneumonie?", "Thorax, 2 richtingen"],
        ),
        ("edifact/medspe1-full.edi", PIETER, ["Conclusie Stabiele angina pectoris"]),
        (
            "edifact/medrec-unknown-layout.edi",
            PIETER,
            ["De indeling van dit berichttype is niet bekend", "Metformine tablet 500 mg"],
        ),
        ("edifact/medvri-full.edi", f"{ZOE} (mw. Z.)", ["Zij is G2P1"]),
        ("edifact/medvry31-simple.edi", "ZANDSTRATEN (P.H.)", ["BSN niet bekend", "(S) Druk op"]),
        (
            "hl7v2/oru-simple.hl7",
            "ZANDSTRATEN (dhr. P.H.) Geboren 2 nov 1958",
            ["Glucose nuchter GLUN P 7.4 mmol/L 3.5-6.0 ↑ hoog", "definitief"],
        ),
        ("hl7v2/mdm-t02.hl7", PIETER, ["Conclusie: stabiele angina pectoris (CCS II)"]),
        (
            "cda/full-letter.xml",
            SANNE,
            [
                "Hemoglobin 718-7 6.4 mmol/l 7.5 – 10.0 ↓ laag",
                "• Latex (contactdermatitis)",
                "Ferrofumaraat 200 mg 1 dd 1",
            ],
        ),
        ("cda/simple-pdf-body.xml", ZOE, ["Echoverslag", "document.pdf"]),
        (
            "cda/public/ccda-referral-note.xml",
            "BETTERHALF, Eve (mw.) Geboren 1 mei 1975",
            ["gemarkeerd door afzender (LX) Platelets 123 10*9/L", "Resuscitation status"],
        ),
        (
            "cda/public/ccda-unstructured-reference.xml",
            "LEVIN, Henry",
            ["verwijst naar een document elders"],
        ),
        ("fhir-r4/bundle-simple.json", PIETER, ["HbA1c 58 mmol/mol 20 – 42 ↑ hoog"]),
        ("fhir-r4/communication.json", DAAN, ["is vandaag niet verschenen", "spoed"]),
        ("fhir-r4/documentreference.json", "P.H. Zandstraten", ["Inspanningsgebonden druk"]),
        (
            "fhir-r4/public/nl-core-LaboratoryTestResult-02.xml",
            "",
            ["Chloride 2069-3 109 mmol/l 99 – 108 ↑ hoog"],
        ),
        (
            "fhir-stu3/eoverdracht-full.xml",
            PIETER,
            ["Systolisch 138 mmHg", "Bloeddruk 138/80 mmHg", "actief", "bevestigd", "Urticaria"],
        ),
        (
            "hub-xml/full.xml",
            f"{ZOE} (Z.)",
            [
                "LATEXALLERGIE – tolk Turks nodig",
                "Hb 6.4 mmol/L",
                "foetus of onderdeel 2 Ligging stuit",
            ],
        ),
        (
            "hub-xml/public/voorbeeld-meerling.xml",
            "de JONG, Theressa (HM)",
            ["3925 48 480 (voldoet niet aan de 11-proef)", "CRL 36 mm", "CRL 38 mm"],
        ),
        (
            "formidable/full-instance.json",
            ZOE,
            ["Opgegeven door wie het formulier invulde", "Rookt u? nee", "foliumzuur 0,5 mg"],
        ),
        ("message-rfc822/simple.eml", "noemt de patiënt niet", ["Balie De Linde", "19 februari"]),
        (
            "message-rfc822/edifact-in-plain-body.eml",
            PIETER,
            ["HbA1c (IFCC) HBAC B 58 mmol/mol 20 – 42 ↑ hoog", "type EDIFACT"],
        ),
        (
            "message-rfc822/full-html-inline-image-pdf.eml",
            "noemt de patiënt niet",
            ["Polikliniek Gynaecologie", "Hb 6,4 mmol/l L", "spoed"],
        ),
        ("messagebox-envelope/simple.json", "noemt de patiënt niet", ["is verplaatst naar"]),
        (
            "messagebox-envelope/full-list.json",
            "noemt de patiënt niet",
            ["Ziekenhuis De Wilgenhof"],
        ),
        ("dicom/full-us-multiframe-rgb.dcm", "van 't HOOFT-BRUÏNSMA", ["Niet geschikt voor diag"]),
        ("dicom/encapsulated-pdf.dcm", "DUINMEIJER-KLAVER, Sanne", ["Ziekenhuis De Wilgenhof"]),
        ("zorgmail-mednip-xml/simple.xml", "van der KLAVER (mw. S.J.)", ["Testbericht", "171"]),
        ("zorgmail-medspe-xml/simple.xml", DAAN, ["niet verschenen op de afspraak"]),
        ("zorgmail-medvri-xml/simple.xml", SANNE, ["Mevrouw is verhuisd"]),
    ],
)
def test_the_page_says_who_it_is_about_and_what_was_found(path, banner, told):
    rendered = shown(path, dict(SAMPLES)[path])
    page = everything(rendered) + " ".join([rendered.kind, *(n.text for n in rendered.notices)])

    assert rendered.view == FULL
    assert banner in re.sub(r"\(\d+ jr\)", "(# jr)", words(rendered.banner))
    for text in told:
        assert text in page


REPORTS = [
    ("edifact/medlab-full.edi", "application/edifact"),
    ("zorgmail-medlab-xml/full-grouped.xml", "application/vnd.edi.medlab+xml"),
    ("hl7v2/oru-full.hl7", "application/hl7-v2"),
    ("fhir-r4/bundle-diagnosticreport-full.json", "application/fhir+json"),
]


@pytest.mark.parametrize(("path", "content_type"), REPORTS)
def test_one_report_tells_the_same_whatever_carries_it(path, content_type):
    rendered = shown(path, content_type)
    first = shown(*REPORTS[0])
    findings = re.findall(r'<li class="mbx-(?:abnormal|critical)">.*?</li>', rendered.summary)
    rows = [words(row) for row in re.findall(ROW, rendered.html, re.DOTALL)]

    assert words(rendered.banner) == words(first.banner)
    # The mark of one notation, "!", is a word of its own in the others.
    told = [words(one).replace("gemarkeerd door afzender (!)", "afwijkend") for one in findings]
    assert told == [
        words(one).replace("gemarkeerd door afzender (!)", "afwijkend")
        for one in re.findall(r'<li class="mbx-(?:abnormal|critical)">.*?</li>', first.summary)
    ]
    assert len(told) == 18
    assert "18 van 4" in words(rendered.summary)
    assert "gecorrigeerd" in words(rendered.summary)
    assert "deeluitslag: er volgen nog uitslagen" in words(rendered.summary)
    for name, value, flag in (
        ("Hemoglobine HB B", "6.4 mmol/l", "↓ laag"),
        ("Trombocyten TRO B", "412 10E9/l", "↑ hoog"),
        ("Kalium K B", "3.4 mmol/l", "↓ laag gecorrigeerd"),
        ("Erytrocyten ERY B", "3.9 10E12/l", ""),
    ):
        [row] = [row for row in rows if row.startswith(f"{name} ")]
        assert value in row
        assert flag in row
        assert flag or not re.search("[↑↓*]", row)
    assert any("Eerder gerapporteerd" in row for row in rows)
    assert re.search(r"HIV.{0,40} volg(t nog|en)", words(rendered.html))


def test_the_same_report_as_pdf_stands_in_a_frame_of_its_own(opened, sample):
    page = opened("application/pdf", sample("pdf/full-multi-page.pdf")).content.decode()

    [source] = re.findall(r'<iframe class="mbx-pdf" src="([^"]*)"', page)
    assert "/attachments/1?jwt=" in source
    assert "sandbox" not in re.findall(r'<iframe class="mbx-pdf"[^>]*>', page)[0]
    assert "Open in een nieuw venster" in page


@pytest.mark.parametrize(("path", "content_type"), SAMPLES)
def test_every_result_stands_on_one_row_as_it_was_received(path, content_type):
    document = readers.read(content_type, (DATA / path).read_bytes())
    rendered = shown(path, content_type)
    markup = rendered.html + rendered.after
    rows = [words(row) for row in re.findall(f"{ROW}|{FACT}", markup, re.DOTALL)]

    for result in document.results:
        parts = [result.name, result.value, result.unit, result.reference, *result.comments]
        assert any(
            all(re.sub(r"\s+", " ", part).strip() in row for part in parts if part) for row in rows
        ), result


@pytest.mark.parametrize(
    ("row", "nl", "en"),
    [
        (Row("severity", "moderate"), "Ernst matig", "Severity moderate"),
        (Row("effective Time", "2026-02-05"), "Tijd 5 feb 2026", "Time 5 Feb 2026"),
        (Row("status", "submitted"), "Status ingediend", "Status submitted"),
        (Row(term="specimen_source", value="BLD"), "van het monster bloed", "the sample blood"),
        (Row("Status", "submitted"), "Status submitted", "Status submitted"),
        (Row("Datum", "2026-02-31"), "Datum 2026-02-31", "Datum 2026-02-31"),
        (Row("Uitslag", "2026-02-05 of later"), "2026-02-05 of later", "2026-02-05 of later"),
    ],
)
def test_what_machines_call_it_is_said_in_words(row, nl, en):
    for language, told in (("nl", nl), ("en", en)):
        with translation.override(language):
            assert f"{label(row)} {valued(row)}".endswith(told)


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("edifact/medlab-full.edi", "application/edifact"),
        ("zorgmail-medlab-xml/full-grouped.xml", "application/vnd.edi.medlab+xml"),
        ("hl7v2/oru-full.hl7", "application/hl7-v2"),
        ("fhir-r4/bundle-diagnosticreport-full.json", "application/fhir+json"),
    ],
)
def test_a_laboratory_report_begins_with_when_it_was_sampled(path, content_type):
    first = words(shown(path, content_type).html)[:120]

    assert re.match(r"(Afgenomen( \(bloed\))?|Waargenomen) 5 feb 2026 08:15", first)


def texts(value):
    """Every word of the sender in a document, wherever it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one)
    elif isinstance(value, Moment):
        yield value.label
    elif isinstance(value, Row):  # its dates and codes as a clinician says them
        with translation.override("nl"):
            yield from (label(value) if value.label else "", valued(value))
    elif isinstance(value, Patient):
        yield from (one.surname for one in value.surnames)
        yield from texts((value.given, value.initials, value.bsn, value.address, value.details))
    elif isinstance(value, Attachment):
        yield "" if value.inline else value.filename  # stands in the text itself
    elif hasattr(value, "__dict__") and not isinstance(value, Notice):
        codes = ("term", "kind", "role", "flag", "status", "statuses", "markup", "low", "high")
        for name, held in vars(value).items():
            if name not in codes and not name.endswith(("_term", "_received")) and name != "raw":
                yield from texts(held)


@pytest.mark.parametrize(("path", "content_type"), SAMPLES)
def test_nothing_that_was_read_is_missing_from_the_page(opened, path, content_type):
    document = readers.read(content_type, (DATA / path).read_bytes())
    page = words(opened(content_type, (DATA / path).read_bytes(), "&mode=print").content.decode())
    found = re.sub(r"\W+", "", page).casefold()

    for text in texts(document.reports):
        if text == "message/rfc822":
            continue  # the page says "e-mail"
        for line in all_seen(text).splitlines():
            assert re.sub(r"\W+", "", line).casefold() in found, line


@pytest.mark.parametrize(("path", "content_type"), SAMPLES)
@pytest.mark.parametrize("mode", ["page", "embed"])
def test_every_sample_has_its_full_view_in_both_languages(path, content_type, mode):
    dutch = shown(path, content_type, mode=mode)
    english = shown(path, content_type, mode=mode, language="en")

    assert dutch.view == english.view == FULL
    assert dutch.kind != english.kind or dutch.kind == "E-mail"
    if mode == "embed":
        assert not re.search(r"<(details|form|iframe|style|script)| (id|style)=", dutch.html)


def test_every_type_with_a_reader_has_a_renderer():
    for name in (*readers.READERS, *readers.ALIASES):
        assert not isinstance(renderers.renderer_for(name), FallbackRenderer), name


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("hl7v2/oru-full.hl7", ["Volledig rapport.pdf"]),
        ("fhir-r4/bundle-diagnosticreport-full.json", ["Labrapport 26020511.pdf"]),
        ("fhir-r4/documentreference.json", ["Brief.txt", "Fietstest.pdf"]),
        ("cda/simple-pdf-body.xml", ["document.pdf"]),
        ("dicom/encapsulated-pdf.dcm", ["Echoverslag.pdf"]),
        ("formidable/full-instance.json", ["verwijsbrief.txt"]),
        (
            "message-rfc822/full-html-inline-image-pdf.eml",
            ["Labuitslag patiënte 05-02-2026.pdf", "uitslagen.csv"],
        ),
    ],
)
def test_the_files_inside_a_content_are_listed_and_open(client, opened, sample, path, names):
    content_type = dict(SAMPLES)[path]
    page = opened(content_type, sample(path)).content.decode()
    listed = re.findall(r'class="mbx-filename">([^<]*)<', page)
    opens = re.findall(r'<a class="btn" href="([^"]*/attachments/[^"]*)"', page)

    assert listed == names
    document = readers.read(content_type, sample(path))
    contents = [one.content for one in document.attachments]
    for address in opens:
        response = client.get(html.unescape(address))
        assert response.status_code == 200
        assert b"".join(response.streaming_content) in contents
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Type"] in (
            "application/pdf",
            "text/plain; charset=utf-8",
            "application/octet-stream",
        )


def test_files_inside_are_numbered_on_after_those_beside_it(client, opened, sample):
    beside = [("brief.txt", "text/plain", b"naast het bericht")]
    page = opened(
        "application/hl7-v2", sample("hl7v2/oru-full.hl7"), attachments=beside
    ).content.decode()
    first, second = re.findall(r'href="([^"]*/attachments/[^"]*dl=1[^"]*)"', page)

    assert "/attachments/1?" in first
    assert "/attachments/2?" in second
    assert client.get(html.unescape(first)).getvalue() == b"naast het bericht"
    assert client.get(html.unescape(second)).getvalue().startswith(b"%PDF-")


def test_a_number_that_no_file_has_is_gone(client, receive, doctor, sample):
    from boxes import tokens

    message = receive("application/hl7-v2", sample("hl7v2/oru-full.hl7"))
    page = tokens.read_page(tokens.mint_page(message, doctor.subject), "john", message.xuid)
    for which in (2, 999):
        token = tokens.mint_file(page, which)
        response = client.get(f"/john/messages/{message.xuid}/attachments/{which}?jwt={token}")
        assert response.status_code == 404


def test_a_picture_of_the_mail_stands_in_its_text_and_not_in_the_list(opened, sample):
    page = opened(
        "message/rfc822", sample("message-rfc822/full-html-inline-image-pdf.eml")
    ).content.decode()

    assert "src=&quot;data:image/png;base64,iVBOR" in page
    assert "groei.png" not in re.findall(r'class="mbx-filename">([^<]*)<', page)


def test_a_picture_in_a_letter_stands_where_it_belongs(sample):
    rendered = shown("cda/full-letter.xml", "application/hl7-cda+xml")

    [before, after] = re.split(r'<img class="mbx-enclosed" src="data:image/png', rendered.html)
    assert "MCA-PSV" in before
    assert "Conclusie en beleid" in after


def test_mail_without_its_looks_shows_its_plain_text(sample):
    rendered = shown(
        "message-rfc822/full-html-inline-image-pdf.eml", "message/rfc822", mode="page", plain=True
    )

    assert rendered.document == ""
    assert "Hierbij de groeicurve" in words(rendered.html)


MAIL = b"""From: Huisarts <arts@linde.example>\r
Subject: Doorgestuurd\r
Date: Tue, 03 Feb 2026 15:30:00 +0100\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
Zie de bijlage.\r
--b\r
Content-Type: %s\r
Content-Disposition: attachment; filename="%s"\r
\r
%s\r
--b--\r
"""


def mailed(content_type, name, content):
    return renderers.render(
        Job(
            mail := MAIL % (content_type, name, content), "message/rfc822", len(mail), language="nl"
        )
    )


@pytest.mark.parametrize("declared", [b"application/edifact", b"application/octet-stream"])
def test_a_report_attached_to_a_mail_is_laid_out_below_it(sample, declared):
    rendered = mailed(declared, b"uitslag.edi", sample("edifact/medlab-simple.edi"))

    assert PIETER in words(rendered.banner)
    assert "2 van 3 uitslagen afwijkend" in words(rendered.summary)
    assert "In dit bericht: Laboratoriumuitslag" in words(rendered.html + rendered.after)
    assert [file.name for file in rendered.inside] == ["uitslag.edi"]


def test_a_forwarded_mail_is_laid_out_and_what_is_inside_that_stays_a_file(sample):
    innermost = MAIL % (b"text/plain", b"a.txt", b"derde laag")
    innermost = innermost.replace(b"--b", b"--c").replace(b"=b\r", b"=c\r")
    forwarded = MAIL % (b"message/rfc822", b"binnen.eml", innermost)
    forwarded = forwarded.replace(b"--b", b"--d").replace(b"=b\r", b"=d\r")
    rendered = mailed(b"message/rfc822", b"doorgestuurd.eml", forwarded)
    page = words(rendered.html + rendered.after)

    assert page.count("Zie de bijlage.") == 2
    assert [file.content_type for file in rendered.inside] == ["message/rfc822"]


@pytest.mark.parametrize(
    ("kind", "content", "seen"),
    [
        ("text/html", "<p>Hb <b>6,4</b></p><script>1</script>", "Hb <b>6,4</b>"),
        ("text/markdown", "Hb **6,4**", "Hb <strong>6,4</strong>"),
    ],
)
def test_formatted_text_in_an_envelope_stands_in_the_frame(kind, content, seen):
    import json

    body = json.dumps({"contentType": kind, "subject": "Uitslag", "content": content}).encode()
    rendered = renderers.render(
        Job(body, "application/vnd.messagebox.envelope+json", len(body), language="nl")
    )

    assert seen in rendered.document
    assert "script" not in rendered.document


def test_a_report_in_an_envelope_is_laid_out(sample):
    import json

    body = json.dumps(
        {
            "contentType": "application/edifact",
            "subject": "Zandstraten",
            "content": sample("edifact/medlab-simple.edi").decode("latin-1"),
        }
    ).encode()
    rendered = renderers.render(
        Job(body, "application/vnd.messagebox.envelope+json", len(body), language="nl")
    )

    assert PIETER in words(rendered.banner)
    assert "Glucose nuchter GLUN P 7.4 mmol/l" in words(rendered.html + rendered.after)


@pytest.mark.parametrize(
    ("declared", "path", "called"),
    [
        ("text/plain", "edifact/medlab-full.edi", "EDIFACT"),
        ("text/plain", "hl7v2/oru-full.hl7", "HL7 v2"),
        ("text/xml", "cda/full-letter.xml", "CDA"),
        ("application/xml", "zorgmail-medlab-xml/full-grouped.xml", "ZorgMail XML"),
        ("application/json", "fhir-r4/bundle-diagnosticreport-full.json", "FHIR"),
        ("application/octet-stream", "hub-xml/full.xml", "Hub XML"),
        ("application/octet-stream", "message-rfc822/simple.eml", "e-mail"),
        ("application/octet-stream", "dicom/simple-mono16.dcm", "DICOM"),
        ("application/octet-stream", "pdf/simple.pdf", "PDF"),
        ("", "formidable/full-instance.json", "Formidable"),
    ],
)
def test_a_vague_type_is_read_as_what_it_is_and_that_is_told(declared, path, called):
    rendered = shown(path, declared)

    assert rendered.view == FULL
    [told] = [notice for notice in rendered.notices if notice.code == "type_repaired"]
    assert told.text.startswith("Opgegeven als ")
    assert told.text.endswith(f", herkend en getoond als {called}.")


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("text/plain", b"%PDF-1.7\n%%EOF"),
        ("text/plain", b"<!doctype html><script>alert(1)</script>"),
        ("application/pdf", b"<!doctype html><script>alert(1)</script>"),
        ("image/png", b"<html><script>alert(1)</script>"),
        ("application/edifact", b"<html><script>alert(1)</script>"),
        ("application/octet-stream", b"<html><script>alert(1)</script>"),
    ],
)
def test_of_two_types_the_one_that_can_do_less_wins(declared, content):
    rendered = renderers.render(Job(content, declared, len(content)))

    assert rendered.document == ""
    assert rendered.showcase == ""
    assert "<script>" not in rendered.html
    assert rendered.notices


def test_a_text_that_only_begins_like_a_mail_stays_a_text():
    text = b"From: Jan\nTo: Piet\n\nhoi"
    rendered = renderers.render(Job(text, "text/plain", len(text)))

    assert "From: Jan" in rendered.html
    assert rendered.notices == ()


def test_documents_are_documents():
    # The samples that the tests above go over are all there.
    assert len(SAMPLES) > 60
    assert all(isinstance(readers.read(t, (DATA / p).read_bytes()), Document) for p, t in SAMPLES)


def test_allergies_stand_at_the_top_whatever_format_carries_them():
    for path, told in (
        ("fhir-stu3/eoverdracht-full.xml", "Allergie voor penicilline, Urticaria (bevestigd)"),
        ("cda/full-letter.xml", "Latexallergie"),
        ("hub-xml/full.xml", "Latexallergie"),
    ):
        summary = shown(path, dict(SAMPLES)[path]).summary
        alerts = re.findall(r'<p class="mbx-notice alert mbx-warning">(.*?)</p>', summary)
        assert f"Allergie of intolerantie: {told}" in [words(one) for one in alerts]


def test_an_allergy_is_no_result_and_tables_of_the_sender_are_not_counted():
    summary = words(shown("cda/full-letter.xml", "application/hl7-cda+xml").summary)

    assert "De gecodeerde uitslag is afwijkend; de tabellen" in summary
    assert "Bevinding" not in summary


def test_what_nobody_judged_is_said_beside_what_is_abnormal():
    path = "zorgmail-medlab-xml/full-grouped.xml"

    rendered = shown(path, dict(SAMPLES)[path])

    summary = words(rendered.summary)
    assert "Kalium 3.4 mmol/l gecorrigeerd" in summary
    count = int(re.search(r"(\d+) uitslagen zijn door de afzender niet beoordeeld", summary)[1])
    assert 0 < count < 41


def test_a_blood_pressure_counts_once():
    summary = words(shown("fhir-stu3/eoverdracht-full.xml", "application/fhir+xml").summary)

    assert "De gecodeerde uitslag is niet als afwijkend gemarkeerd; de tabellen" in summary


def test_a_test_message_says_so_loudly():
    rendered = shown("zorgmail-mednip-xml/simple.xml", "application/vnd.edi.mednip+xml")

    [warning] = [one.text for one in rendered.notices if one.code == "test_message"]
    assert warning == "Testbericht: niet voor zorg gebruiken."
    assert "Time Zone" not in everything(rendered)


def test_each_sheet_of_paper_says_how_a_report_stands(opened, sample):
    page = opened("application/hl7-v2", sample("hl7v2/oru-full.hl7"), "&mode=print")
    head = words(re.search(r"<thead>.*?</thead>", page.content.decode(), re.DOTALL)[0])

    assert "gecorrigeerd" in head
    assert "deeluitslag" in head
