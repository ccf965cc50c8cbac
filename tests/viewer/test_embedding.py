"""A message as a fragment for somebody else's page, and as the API's ``view``."""

import re

import pytest

from boxes.models import LogEntry, Message

pytestmark = pytest.mark.django_db

HOSTILE = (
    "</section></div></body><script>alert(1)</script><p id=x class='mbx-banner "
    "evil' style='color:red'"
    " dir=rtl onclick=alert(1)>tekst<font color=red>rood</font><details><summary>kop</summary>romp"
    "</details><form action=x><input name=y></form><iframe src=https://evil.example></iframe>"
    "<a href='javascript:alert(1)'>klik</a><img src=https://evil.example/x.gif "
    "alt=logo><table><tr><td>cel"
)


def balanced(html):
    """Whether each element that opens also closes, in order."""
    open_elements = []
    for closing, name in re.findall(r"<(/?)([a-z][a-z0-9]*)", html):
        if name in ("br", "hr", "img", "wbr", "col"):
            continue
        if not closing:
            open_elements.append(name)
        elif not open_elements or open_elements.pop() != name:
            return False
    return not open_elements


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/html", HOSTILE),
        ("text/markdown", f"# Kop\n\n{HOSTILE}"),
        ("text/plain", HOSTILE),
        ("text/xml", f"<a><![CDATA[{HOSTILE}]]></a>"),
        ("application/x-other", HOSTILE),
    ],
)
def test_a_fragment_ends_as_it_began_and_brings_nothing_along(opened, content_type, content):
    html = opened(content_type, content, "&mode=embed").content.decode()

    assert html.startswith('<section class="mbx-message" lang="nl" data-mbx-version="1">')
    assert html.rstrip().endswith("</section>")
    assert balanced(html)
    assert not re.search(r"<(script|iframe|form|input|style|details|button|font|svg)\b", html)
    assert not re.search(r"<[^>]*\s(id|style|on\w+|tabindex|role)=", html)
    assert not re.search(r'<[^>]*(href|src)="(?!https?://|data:image/)', html)
    assert "tekst" in html
    assert set(re.findall(r'class="([^"]*)"', html)) and not re.search(r'class="[^"]*evil', html)


def test_links_of_a_fragment_lead_to_the_viewer_from_anywhere(opened, settings):
    settings.VIEWER_BASE_URL = "https://viewer.example"
    html = opened(query="&mode=embed", attachments=[("a.pdf", "application/pdf", b"%PDF-1")])
    found = re.findall(r'href="([^"]*)"', html.content.decode())

    assert len(found) == 2
    assert all(address.startswith("https://viewer.example/john/messages/") for address in found)


def test_a_result_table_keeps_its_words_without_its_looks(opened, clinical_sample):
    html = opened("application/vnd.edi.medlab+xml", clinical_sample, "&mode=embed").content.decode()

    assert balanced(html)
    for words in ("DUINMEIJER", "Hemoglobine", "6.4", "mmol/l", "7.5 – 10.0", "Overige gegevens"):
        assert words in html
    assert "Verberg normale" not in html


def test_the_api_gives_the_message_as_html(client, receive, john_key):
    message = receive("text/html", "<p>Hb <b>7,2</b></p>")
    url = f"/api/v1/john/messages/{message.xuid}/view"

    answer = client.get(url, headers={"Authorization": john_key.header}).json()
    document = client.get(url, headers={"Authorization": john_key.header, "Accept": "text/html"})

    assert answer["contentType"] == "text/html"
    assert "<p>Hb <b>7,2</b></p>" in answer["html"]
    assert client.get(answer["viewerUrl"].partition("localhost:8000")[2]).status_code == 200
    assert document["Content-Type"] == "text/html; charset=utf-8"
    assert document["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert document.content.decode().startswith("<!doctype html>")
    entries = LogEntry.objects.filter(action="view", subject=john_key.key.subject).order_by("id")
    assert [entry.detail for entry in entries] == ["api", "api", "page"]


def test_the_api_shows_nothing_to_a_key_of_another_box(client, receive, jill_key):
    url = f"/api/v1/john/messages/{receive().xuid}/view"

    assert client.get(url, headers={"Authorization": jill_key.header}).status_code == 404
    assert client.get(url).status_code == 401
    unknown = client.get(f"{url}?langg=nl", headers={"Authorization": jill_key.header})
    assert unknown.status_code == 400


@pytest.mark.parametrize(
    ("query", "name"), [("lang=fr", "lang"), ("plain=0", "plain"), ("plain=1&colour=red", "colour")]
)
def test_a_look_that_the_api_does_not_know_is_refused(client, receive, john_key, query, name):
    url = f"/api/v1/john/messages/{receive().xuid}/view?{query}"

    answer = client.get(url, headers={"Authorization": john_key.header})

    assert answer.status_code == 400
    assert name in answer.json()["fields"]


def test_a_fragment_tells_at_its_top_who_delivered_it_and_what_came_with_it(
    client, receive, address
):
    message = receive(attachments=[("a.pdf", "application/pdf", b"%PDF-1")])
    Message.objects.filter(pk=message.pk).update(through="Lab-EPD")

    html = client.get(f"{address(message)}&lang=nl&mode=embed").content.decode()

    top = html.partition('class="mbx-content"')[0]
    assert "(afgeleverd via Lab-EPD)" in top
    assert '<span class="mbx-clip">1 bijlage</span>' in top
