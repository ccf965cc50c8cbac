"""Hostile content of every type, as the viewer's contract numbers it (V01 to V77).

Tokens and addresses are tried in ``tests/boxes/test_tokens.py`` and ``test_opening.py``, markup in
``test_cleaning.py``, browsers in ``test_in_chromium.py``; here is what clinical formats can do.
"""

import base64
import html
import io
import json
import logging
import re
import struct
import zipfile
import zlib

import pytest
from lxml import html as lxml_html

from tests.viewer.test_samples import DATA, SAMPLES, everything, words
from viewer import renderers
from viewer.jobs import CARD, FULL, SOURCE, Job

pytestmark = pytest.mark.django_db

ATTACK = "<img src=x onerror=alert(1)>"


def laid_out(content_type, content, **more):
    content = content.encode() if isinstance(content, str) else content
    return renderers.render(Job(content, content_type, len(content), **{"language": "nl", **more}))


def codes(rendered):
    return [notice.code for notice in rendered.notices]


def markup_of(rendered):
    return rendered.banner + rendered.summary + rendered.html + rendered.after


class TestTokensStayOutOfSight:
    """V18: whatever happens, no log and no crash report holds the token."""

    def test_no_log_repeats_it(self, client, receive, address, caplog):
        caplog.set_level(logging.DEBUG)
        url = address(receive("text/html", "<p>x"))
        token = url.partition("jwt=")[2]
        client.get(url)
        client.get(url[:-3] + "abc")
        client.get(f"{url}&jwt={token}")
        client.get(url.replace("/messages/", "/messages/none"))

        assert token not in caplog.text
        assert token.rpartition(".")[2] not in caplog.text

    def test_no_crash_report_repeats_it(
        self, receive, address, settings, caplog, mailoutbox, monkeypatch
    ):
        from django.test import Client

        from viewer import views

        def crash(*anything):
            raise RuntimeError("on purpose")

        settings.ADMINS = [("beheer", "beheer@example.org")]
        # The fault stands for any: what is tried is the report of it.
        monkeypatch.setattr(views, "present", crash)
        url = address(receive())
        response = Client(raise_request_exception=False).get(url)
        told = caplog.text + response.content.decode() + "".join(m.body for m in mailoutbox)

        assert response.status_code == 500
        assert url.partition("jwt=")[2] not in told


def test_another_host_is_refused(client, receive, address):  # V22
    assert client.get(address(receive()), HTTP_HOST="evil.example").status_code == 400


@pytest.mark.parametrize(
    "markup",
    ["<div>" * 50_000 + "kalium 7.2", "<p " + "a=b " * 100_000 + ">kalium 7.2"],
    ids=["V43 nested", "V44 attributes"],
)
@pytest.mark.parametrize("carrier", ["html", "mail", "fhir", "cda"])
def test_markup_that_costs_too_much_shows_its_words(opened, markup, carrier):
    types = {
        "html": ("text/html", markup),
        "mail": ("message/rfc822", f"From: a@b.example\nContent-Type: text/html\n\n{markup}"),
        "fhir": (
            "application/fhir+json",
            json.dumps({"resourceType": "Composition", "text": {"div": markup}, "title": "x"}),
        ),
        "cda": (
            "application/hl7-cda+xml",
            '<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component>'
            f"<section><text>{'<content>' * 240}kalium 7.2{'</content>' * 240}</text></section>"
            "</component></structuredBody></component></ClinicalDocument>",
        ),
    }
    page = opened(*types[carrier]).content.decode()

    assert "kalium 7.2" in words(html.unescape(page))


@pytest.mark.parametrize(("path", "content_type"), SAMPLES)
def test_markup_in_any_value_of_any_sample_is_text(path, content_type):  # V57
    content = (DATA / path).read_bytes()
    if content_type == "application/dicom":
        pytest.skip("its values have lengths; see below")
    if content_type == "message/rfc822":
        attack = ATTACK.encode()
    elif content_type.endswith("xml"):
        attack = html.escape(ATTACK).encode()
    elif content_type.endswith("json"):
        attack = ATTACK.encode()
    else:
        attack = ATTACK.encode()
    shown = 0
    for word in planted_in(content, content_type):
        rendered = laid_out(content_type, content.replace(word, attack))
        markup = markup_of(rendered)
        assert not re.search(r"<img(?! class=\"mbx-enclosed\" src=\"data:image)", markup), word
        assert acting(markup) == [], word
        shown += "&lt;img" in markup
    assert shown


def acting(markup):
    """Attributes that would run something, as a browser reads the markup."""
    root = lxml_html.fragment_fromstring(markup, create_parent="div")
    return [name for one in root.iter() for name in one.attrib if name.startswith("on")]


def planted_in(content, content_type):
    """Some of the longer words that the sample holds as values."""
    names = {"fhir": rb'(?:": "|value=")([A-Z][a-z]{4,})'}
    if content_type.endswith("xml") and "fhir" not in content_type:
        pattern = rb'[>"]([A-Z][a-z]{4,})[ <"]'
    elif "json" in content_type or "fhir" in content_type:
        pattern = names["fhir"]
    else:
        pattern = rb"\b([A-Z][a-z]{4,})\b"
    words_found = [w for w in dict.fromkeys(re.findall(pattern, content)) if w not in STRUCTURE]
    return words_found[:: max(1, len(words_found) // 12)][:14]


STRUCTURE = {
    *b"Content Message Return Received Subject Version Transfer Encoding Disposition".split(),
    *b"Bundle Patient Observation Composition Practitioner Organization Person".split(),
    *b"Binary Boundary Delivered Reply Sender Importance Priority Content-Type Related".split(),
    *b"Location Condition Device Group Encounter Communication Specimen Quantity".split(),
}


def test_markup_in_a_dicom_value_is_text():
    content = (DATA / "dicom/simple-mono16.dcm").read_bytes()
    for word in (b"Thorax", b"Zandstraten", b"Ziekenhuis De Wilgenhof"):
        assert word in content
        attack = b"<b>x</b>"[: len(word)].ljust(len(word), b"!")
        markup = markup_of(laid_out("application/dicom", content.replace(word, attack)))

        assert "<b>x" not in markup
        assert "&lt;b&gt;" in markup.lower()


@pytest.mark.parametrize(("path", "content_type"), SAMPLES)
def test_direction_marks_in_any_sample_are_seen(path, content_type):  # V49
    content = (DATA / path).read_bytes()
    word = next(iter(planted_in(content, content_type)), b"")
    if content_type == "application/dicom" or not word or not is_utf8(content):
        pytest.skip("nothing in it to change")
    rendered = laid_out(content_type, content.replace(word, word + "\u202egnp.exe".encode()))

    assert "\u202e" not in markup_of(rendered)
    assert "marks_shown" in codes(rendered) or rendered.document or rendered.view == SOURCE


def is_utf8(content):
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


class TestEdifact:  # V60
    KIND = "application/edifact"

    @pytest.fixture
    def content(self, sample):
        return sample("edifact/medlab-simple.edi").decode("latin-1")

    @pytest.mark.parametrize("una", ["UNA++++++", "UNAABCDEF", "UNA::::::", "UNA+:+:+:"])
    def test_separators_that_cannot_be_are_told(self, content, una):
        bare = re.sub(r"^UNA......\s*", "", content)
        rendered = laid_out(self.KIND, una + bare)

        assert "separators" in codes(rendered)
        assert "7.4 mmol/l" in everything(rendered)

    def test_what_has_no_end_is_shown_and_told(self, content):
        rendered = laid_out(self.KIND, content[: content.index("UNT+")])

        assert set(codes(rendered)) & {"no_end", "cut_off"}
        assert "7.4 mmol/l" in everything(rendered)

    def test_what_breaks_off_in_a_segment_is_shown_and_told(self, content):
        rendered = laid_out(self.KIND, content[: content.index("HbA1c") + 3])

        assert "cut_off" in codes(rendered)
        assert "HbA" in everything(rendered)

    @pytest.mark.parametrize(
        "content", ["UNH+1+MEDLAB:1'" + "BEP+0+a'" * 20_001, "UNH+1+MEDLAB:1'" + "+a" * 1_001]
    )
    def test_too_many_parts_are_shown_as_source(self, content):
        assert laid_out(self.KIND, content).view == SOURCE

    def test_several_patients_have_no_banner_but_an_alarm(self, sample, content):
        other = sample("edifact/medvri-full.edi").decode("latin-1")
        inner = other[other.index("UNH") : other.index("UNZ")]
        rendered = laid_out(self.KIND, content.replace("UNZ", f"{inner}UNZ"))

        assert "mbx-conflict" in rendered.banner
        assert "ZANDSTRATEN" in rendered.banner
        assert "BRUÏNSMA" in rendered.banner
        assert "patients_several" in codes(rendered)


class TestHl7:  # V61, V62
    KIND = "application/hl7-v2"

    @pytest.mark.parametrize("head", ["MSH<^~\\&<a", "MSH|||||", "MSHA^~\\&A", "MSH|^^^^|a"])
    def test_separators_that_cannot_be_give_the_source(self, head):
        rendered = laid_out(self.KIND, f"{head}\rPID|1||1")

        assert rendered.view == SOURCE
        assert "<script" not in rendered.html

    def test_markup_in_an_escape_is_text(self):
        rendered = laid_out(
            self.KIND,
            "MSH|^~\\&|a|b|c|d|20260101||ORU^R01|1|P|2.5\rPID|||1||A\rOBR|1\r"
            "OBX|1|TX|a||\\X3C7363726970743E\\alert(1)||||||F",
        )

        assert "&lt;script&gt;alert(1)" in rendered.html
        assert "<script" not in rendered.html

    def test_enclosed_markup_is_a_file_to_download(self, client, opened):
        enclosed = base64.b64encode(b"<script>alert(1)</script>").decode()
        response = opened(
            self.KIND,
            "MSH|^~\\&|a|b|c|d|20260101||ORU^R01|1|P|2.5\rPID|||1||A\rOBR|1\r"
            f"OBX|1|ED|a||a^text^html^Base64^{enclosed}||||||F",
        )
        page = response.content.decode()
        [address] = re.findall(r'href="([^"]*/attachments/[^"]*)"', page)
        file = client.get(html.unescape(address))

        assert file["Content-Type"] == "application/octet-stream"
        assert file["Content-Disposition"].startswith("attachment;")
        assert file["X-Content-Type-Options"] == "nosniff"
        assert "alert(1)" not in page


class TestJson:  # V63, V64
    @pytest.mark.parametrize(
        "content",
        [
            "[" * 100_000,
            '{"a":' * 100_000 + "1" + "}" * 100_000,
            '{"a": NaN}',
            '{"a": 1, "a": 2}',
            '{"a": ' + "9" * 5_000 + "}",
            '{"a": 1e999999}'.replace("1e999999", "Infinity"),
            "[1,",
        ],
        ids=["open", "deep", "nan", "twice", "digits", "infinity", "cut"],
    )
    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "application/vnd.formidable.instance+json",
            "application/fhir+json",
            "application/vnd.messagebox.envelope+json",
        ],
    )
    def test_what_no_json_should_be_is_shown_as_source(self, content_type, content):
        rendered = laid_out(content_type, content)

        assert rendered.view == SOURCE
        assert content[:50].replace('"', "&quot;") in rendered.html

    def test_numbers_keep_their_digits(self):
        rendered = laid_out("application/json", '{"kalium": 7.10, "nummer": 12345678901234567890}')

        assert "7.10" in rendered.html
        assert "12345678901234567890" in rendered.html

    @pytest.mark.parametrize("kind", ["hologram", ATTACK, None, 7])
    def test_questions_and_answers_of_a_form_are_text(self, kind):
        form = {
            "form": {"id": "f", "title": ATTACK},
            "steps": [
                {
                    "title": ATTACK,
                    "questions": [{"id": "q", "type": kind, "title": ATTACK, "answer": ATTACK}],
                }
            ],
        }
        rendered = laid_out("application/vnd.formidable.instance+json", json.dumps(form))

        assert "<img" not in markup_of(rendered)
        assert rendered.html.count("&lt;img") >= 3

    def test_a_token_in_an_envelope_never_reaches_the_page(self, sample):
        content = json.loads(sample("messagebox-envelope/full-list.json"))
        content[0]["jwt"] = "eyJ.geheim.token"
        for body in (content, content[0]):
            rendered = laid_out("application/vnd.messagebox.envelope+json", json.dumps(body))
            assert "geheim" not in markup_of(rendered)


def zipped(*contents):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number}.zip", content)
    return made.getvalue()


def test_an_archive_is_listed_and_not_opened(opened):  # V69
    bomb = zipped(zipped(bytes(10_000_000)))
    page = opened(attachments=[("42.zip", "application/zip", bomb)]).content.decode()

    assert "42.zip" in page
    assert "Archief" in page
    assert "0.zip" not in page
    assert laid_out("application/zip", bomb).view in (FULL, CARD)
    assert "0.zip" not in laid_out("application/zip", bomb).html


def test_a_pdf_with_actions_is_framed_as_it_is(client, opened):  # V70
    pdf = (
        b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>/AA<</O<</S/URI/URI"
        b"(https://evil.example/)>>>>>>endobj\n<</S/Launch/F(cmd.exe)>>\n%%EOF"
    )
    page = opened("application/pdf", pdf).content.decode()
    [source] = re.findall(r'<iframe class="mbx-pdf" src="([^"]*)"', page)
    file = client.get(html.unescape(source))

    assert b"".join(file.streaming_content) == pdf
    assert file["Content-Type"] == "application/pdf"
    assert file["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "evil.example" not in page


@pytest.mark.parametrize(
    "content", [b"<html>x" + b"%PDF-1.7\n%%EOF", b"x" * 900 + b"%PDF-1.7\n%%EOF"]
)
def test_a_pdf_that_begins_as_something_else_stands_in_no_frame(opened, content):
    page = opened("application/pdf", content).content.decode()

    assert "mbx-pdf" not in page


def explicit(group, element, kind, value):
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HH", group, element) + kind + struct.pack("<H", len(value)) + value


def dicom(syntax, body, preamble=bytes(128)):
    return preamble + b"DICM" + explicit(2, 0x10, b"UI", syntax) + body


def test_a_deflated_dicom_is_a_card_and_is_not_inflated(sample):  # V71
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeezed.compress(bytes(300_000_000)) + squeezed.flush()
    content = dicom(b"1.2.840.10008.1.2.1.99", body)
    rendered = laid_out("application/dicom", content)

    assert len(content) < 400_000
    assert rendered.view == CARD
    assert "deflated" in codes(rendered)


def test_a_deflated_dicom_stays_within_the_memory_of_a_worker(opened, settings):  # V71
    settings.RENDER_MEMORY = 100 * 1024 * 1024
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeezed.compress(bytes(300_000_000)) + squeezed.flush()
    page = opened("application/dicom", dicom(b"1.2.840.10008.1.2.1.99", body)).content.decode()

    assert "gecomprimeerd op een manier die hier niet wordt geopend" in words(page)


@pytest.mark.parametrize("preamble", [b"MZ\x90\0program", b"<html><script>alert(1)</script>"])
def test_a_dicom_that_is_a_program_too_is_told_and_downloaded(
    client, opened, sample, preamble
):  # V72
    content = preamble.ljust(128, b"\0") + sample("dicom/simple-mono16.dcm")[128:]
    page = opened("application/dicom", content).content.decode()
    [raw] = set(re.findall(r'href="([^"]*/raw[^"]*)"', page))
    file = client.get(html.unescape(raw))

    assert "ZANDSTRATEN" in page
    assert "alert(1)" not in page
    assert "begint met bytes die bij een ander bestandstype horen" in words(page)
    assert file["Content-Type"] == "application/octet-stream"
    assert file["Content-Disposition"].startswith("attachment;")


def png(width, height):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(head))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", len(data) - 4)
        + data
        + struct.pack(">I", zlib.crc32(data))
    )


def test_an_image_of_too_many_pixels_is_a_card(opened):  # V73
    page = opened("image/png", png(60_000, 60_000)).content.decode()

    assert "mbx-picture" not in page
    assert "meer dan 40 megapixels" in words(page)


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/tiff", "image/bmp"])
def test_an_image_that_browsers_do_not_show_is_never_framed(opened, kind):
    page = opened(kind, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    page = page.content.decode()

    assert "mbx-picture" not in page
    assert "<svg" not in page


@pytest.mark.parametrize(
    "content_type",
    [
        "application/hl7-cda+xml",
        "application/fhir+xml",
        "application/vnd.edi.medlab+xml",
        "application/vnd.nl.perinatologie.resource+xml",
    ],
)
@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;">]><a>&m;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "<a>" * 200_000,
        "<a>",
    ],
    ids=["V53 laughs", "V54 entity", "V56 deep", "cut"],
)
def test_hostile_xml_under_a_clinical_name_is_shown_as_source(content_type, content):
    rendered = laid_out(content_type, content)

    assert rendered.view == SOURCE
    assert "root:" not in rendered.html


NARRATIVES = {
    "script": "<p>voor<script>alert(1)</script>na</p>",
    "event": "<p onclick='alert(1)'>voor<b onmouseover='x'>na</b></p>",
    "image": "<p>voor<img src='https://evil.example/x.gif' alt='beeld'/>na</p>",
    "link": "<p>voor<a href='javascript:alert(1)'>klik</a>na</p>",
    "style": "<p style='background:url(https://evil.example/x)'>voor na</p>",
    "frame": "<p>voor<iframe src='https://evil.example'/>na</p>",
    "form": "<p>voor<form action='https://evil.example'><input/></form>na</p>",
    "foreign": "<p>voor<svg><a href='javascript:alert(1)'><text>x</text></a></svg>na</p>",
    "nested": "<table><tr><td>voor<table><tr><td>na</td></tr></table></td></tr></table>",
}


@pytest.mark.parametrize("markup", NARRATIVES.values(), ids=NARRATIVES)
def test_a_hostile_narrative_leaves_its_words(markup):
    fhir = {
        "resourceType": "Composition",
        "title": "Brief",
        "section": [{"text": {"div": f'<div xmlns="http://www.w3.org/1999/xhtml">{markup}</div>'}}],
    }
    rendered = laid_out("application/fhir+json", json.dumps(fhir))

    assert rendered.view == FULL
    text = words(rendered.html)
    assert "voor" in text
    assert "na" in text
    assert not re.search(
        r"<(script|iframe|form|input|svg|style)|\son\w+=|javascript:|evil\.example|url\(",
        rendered.html,
    )


def test_a_deleted_word_and_a_list_keep_their_meaning():
    markup = (
        "<div><p>Geen <del>bloedverlies</del> <b>koorts</b></p>"
        "<ol start='3'><li>drie</li><li><p>vier</p></li></ol></div>"
    )
    fhir = {"resourceType": "Composition", "title": "x", "section": [{"text": {"div": markup}}]}
    rendered = laid_out("application/fhir+json", json.dumps(fhir))

    assert "<del>bloedverlies</del>" in rendered.html
    assert "<strong>koorts</strong>" in rendered.html
    assert "3. drie" in words(rendered.html)
    assert "4. vier" in words(rendered.html)


def test_a_thousand_mails_in_each_other_are_shown():
    content = b"From: a@b.example\nContent-Type: message/rfc822\n\n" * 1_000 + b"binnenste"
    rendered = laid_out("message/rfc822", content)

    assert "binnenste" in everything(rendered) or rendered.inside or rendered.view == SOURCE


def test_two_thousand_attachments_are_refused_without_failing():
    part = b"--b\nContent-Type: text/x\nContent-Disposition: attachment\n\nx\n"
    content = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" + part * 2_500
    rendered = laid_out("message/rfc822", content)

    assert rendered.view == SOURCE
    assert "too_many_parts" in codes(rendered)


def test_a_name_of_a_file_inside_is_made_safe(opened):  # V67
    content = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        b"Content-Type: application/pdf\n"
        b"Content-Disposition: attachment; filename*=utf-8''..%2F..%2Fann%E2%80%AEfdp.exe\n\n"
        b"MZ\n--b--\n"
    )
    page = opened("message/rfc822", content).content.decode()
    [name] = re.findall(r'class="mbx-filename">([^<]*)<', page)

    assert "/" not in name
    assert "\u202e" not in page
    assert name.endswith("fdp.exe")
    assert "kan een programma starten" in words(page).casefold()


def test_a_plainer_view_still_says_whom_it_is_about():
    value = '<value concept="abcdefgh" value="7"/>'
    person = (
        '<value concept="peri22-dataelement-10030" value="999990032"/>'
        '<value concept="peri22-dataelement-10043" value="Klaver"/>'
    )
    content = (
        '<resource type="hub/dossier"><sections><section id="1" type="client"><values>'
        f'{person}</values></section><section id="2" type="consult"><values>{value * 120_000}'
        "</values></section></sections></resource>"
    )
    rendered = laid_out("application/vnd.nl.perinatologie.resource+xml", content, mode="embed")

    assert rendered.view == SOURCE
    assert "too_large" in codes(rendered)
    assert "KLAVER" in rendered.banner
