"""Every content type in a real browser: our own rules hold, and hostile content does nothing."""

import json
from html import escape

import pytest

from tests.browser import comes_true
from tests.viewer.test_accessibility import faults
from tests.viewer.test_cleaning import HOSTILE, WORDS
from tests.viewer.test_in_chromium import (  # noqa: F401
    ehr,
    frame_around,
    page,
    raw,
    settled,
    victim,
)
from viewer import renderers
from viewer.cleaning import clean
from viewer.jobs import EMBED, Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

KINDS = {
    "edifact": ("application/edifact", "edifact/medlab-full.edi"),
    "hl7": ("application/hl7-v2", "hl7v2/oru-full.hl7"),
    "cda": ("application/hl7-cda+xml", "cda/full-letter.xml"),
    "fhir json": ("application/fhir+json", "fhir-r4/bundle-diagnosticreport-full.json"),
    "fhir xml": ("application/fhir+xml", "fhir-stu3/eoverdracht-full.xml"),
    "hub": ("application/vnd.nl.perinatologie.resource+xml", "hub-xml/full.xml"),
    "form": ("application/vnd.formidable.instance+json", "formidable/full-instance.json"),
    "mail": ("message/rfc822", "message-rfc822/full-html-inline-image-pdf.eml"),
    "envelope": (
        "application/vnd.messagebox.envelope+json",
        "messagebox-envelope/full-list.json",
    ),
    "dicom": ("application/dicom", "dicom/full-us-multiframe-rgb.dcm"),
    "image": ("image/jpeg", "image/full-exif-rotated.jpg"),
    "pdf": ("application/pdf", "pdf/full-multi-page.pdf"),
    "c-cda": ("application/hl7-cda+xml", "cda/public/ccda-referral-note.xml"),
    "nipt": ("application/vnd.edi.mednip+xml", "zorgmail-mednip-xml/simple.xml"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_each_type_is_accessible_and_keeps_our_own_rules(
    page,  # noqa: F811
    receive,
    address,
    sample,
    kind,
):
    content_type, path = KINDS[kind]
    url = address(receive(content_type, sample(path)))

    for query, width in (
        ("&lang=nl&theme=light", 1280),
        ("&lang=en&theme=dark", 320),
        ("&mode=print", 1000),
    ):
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(url + query)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), query
        # Before axe comes, which breaks our rules in a page of its own accord.
        assert page.watch.strange == [], query
        assert page.watch.complaints == [], query
        assert faults(page) == [], query
        page.watch.complaints.clear()


@pytest.mark.parametrize(
    ("kind", "inside"),
    [("image", ".mbx-picture"), ("cda", ".mbx-enclosed"), ("mail", "#mbx-body")],
)
def test_pictures_are_really_shown(page, receive, address, sample, kind, inside):  # noqa: F811
    content_type, path = KINDS[kind]
    page.goto(address(receive(content_type, sample(path))))
    settled(page)
    place = page.frame_locator(inside).locator("img") if kind == "mail" else page.locator(inside)

    assert place.evaluate("image => image.complete && image.naturalWidth > 50")


@pytest.mark.parametrize("framed", [False, True])
def test_a_pdf_is_loaded_in_its_frame(
    page,  # noqa: F811
    ehr,  # noqa: F811
    live_server,
    receive,
    address,
    sample,
    framed,
):
    answers = []
    page.on("response", lambda response: answers.append((response.url, response.status)))
    url = live_server.url + address(receive("application/pdf", sample("pdf/full-multi-page.pdf")))
    page.goto(ehr(frame_around(url, "")) if framed else url)
    loaded = lambda: [status for url, status in answers if "/attachments/1?" in url]  # noqa: E731
    comes_true(page, loaded)
    settled(page)

    assert set(loaded()) == {200}  # the browser's PDF reader may ask twice
    assert page.watch.complaints == []
    assert page.watch.strange == []


def fhir_with(markup):
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>eerste woord</p>{markup}</div>'
    return json.dumps(
        {"resourceType": "Composition", "title": "x", "section": [{"text": {"div": div}}]}
    )


def mail_with(markup):
    return (
        f"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n<p>eerste woord</p>{markup}"
    )


def envelope_with(markup):
    content = f"<p>eerste woord</p>{markup}"
    return json.dumps({"contentType": "text/html", "subject": markup, "content": content})


def cda_with(markup):
    text = markup.replace("&", "&amp;").replace("<", "&lt;")
    return (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><title>eerste woord</title><component>'
        f"<structuredBody><component><section><title>{text}</title><text><paragraph>{text}"
        "</paragraph></text></section></component></structuredBody></component></ClinicalDocument>"
    )


def edifact_with(markup):
    released = "".join(f"?{letter}" if letter in "+:?'" else letter for letter in markup)
    return f"UNH+1+MEDVRI:1'PID+1991:03:14+V+{released}'TXT+eerste woord'TXT+{released}'UNT+4+1'"


def hl7_with(markup):
    plain = markup.replace("\n", " ").replace("\r", " ").replace("|", "!").replace("\\", "/")
    return (
        f"MSH|^~\\&|a|b|c|d|20260101||ORU^R01|1|P|2.5\rPID|||1||{plain}\rOBR|1\r"
        f"OBX|1|TX|eerste woord||{plain}|{plain}||||||F"
    )


def form_with(markup):
    return json.dumps(
        {"form": {"title": "eerste woord"}, "answers": [{"label": markup, "value": markup}]}
    )


CARRIERS = {
    "fhir": ("application/fhir+json", fhir_with),
    "mail": ("message/rfc822", mail_with),
    "envelope": ("application/vnd.messagebox.envelope+json", envelope_with),
    "cda": ("application/hl7-cda+xml", cda_with),
    "edifact": ("application/edifact", edifact_with),
    "hl7": ("application/hl7-v2", hl7_with),
    "form": ("application/vnd.formidable.instance+json", form_with),
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_hostile_markup_in_any_carrier_does_nothing(page, receive, address, carrier):  # noqa: F811
    content_type, made = CARRIERS[carrier]
    page.goto(address(receive(content_type, made("".join(HOSTILE.values())))))
    settled(page)

    assert page.watch.strange == []
    assert page.watch.complaints == []
    assert "/messages/" in page.url
    assert "eerste woord" in page.content()


def unprotected(page, shown):  # noqa: F811
    """Each in a document of its own, with no policy and no sandbox: what they say, by name."""
    frame = '<iframe name="{}" srcdoc="{}"></iframe>'
    frames = (
        frame.format(escape(name), escape(f"<!doctype html><meta charset=utf-8>{markup}"))
        for name, markup in shown.items()
    )
    html = f"<!doctype html><meta charset=utf-8><link rel=icon href=data:,>{''.join(frames)}"
    page.route("**/bare", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("/bare")
    settled(page)
    page.unroute("**/bare")
    return {name: page.frame(name).content() if page.frame(name) else "" for name in shown}


def assert_harmless(page, shown):  # noqa: F811
    told = unprotected(page, shown)

    assert page.watch.strange == []
    assert page.url.endswith("/bare")
    assert {frame.url for frame in page.frames if frame.parent_frame == page.main_frame} == {
        "about:srcdoc"
    }
    assert [name for name, said in told.items() if "eerste woord" not in said] == []


def test_the_watch_sees_what_a_frame_without_any_layer_does(victim):  # noqa: F811
    unprotected(victim, HOSTILE)

    assert comes_true(victim, lambda: victim.watch.acts.count("dialog 1") >= 10)
    assert comes_true(victim, lambda: len(victim.watch.stranger.visits) >= 10)


@pytest.mark.parametrize("strict", [False, True])
def test_hostile_markup_does_nothing_with_the_sanitiser_alone(page, strict):  # noqa: F811
    shown = {
        name: clean(f"<p>eerste woord</p>{markup}", WORDS, strict=strict).html
        for name, markup in HOSTILE.items()
    }

    assert_harmless(page, shown)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_fragment_of_any_carrier_does_nothing_in_a_page_without_a_policy(page, carrier):  # noqa: F811
    content_type, made = CARRIERS[carrier]
    shown = {}
    for name, markup in HOSTILE.items():
        content = made(markup).encode()
        rendered = renderers.render(Job(content, content_type, len(content), mode=EMBED))
        shown[name] = "".join(
            (rendered.banner, rendered.summary, rendered.html, rendered.document, rendered.after)
        )

    assert_harmless(page, shown)
