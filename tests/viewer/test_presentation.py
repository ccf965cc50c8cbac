"""What a reader gets when laying out is slow, fails, or is not to be had at all."""

import re
import socket
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from boxes.envelope import Address
from boxes.models import LogEntry
from viewer import wire

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(tmp_path, settings):
    """``line(*words)`` puts a render server in place that says these words and hangs up."""
    path = tmp_path / "render.sock"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()
    settings.RENDER_SOCKET = str(path)

    def answer(*words: bytes) -> None:
        def serve() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.recv(wire.BOX_BYTES)
                caller.sendall(words[0])
                wire.receive_block(caller, 1 << 20)
                wire.receive_block(caller, 1 << 24)
                caller.sendall(b"".join(words[1:]))

        threading.Thread(target=serve, daemon=True).start()

    yield answer
    listening.close()


def notice(response):
    return re.findall(r'class="mbx-notice[^>]*(?<!hidden)>([^<]*)', response.content.decode())


def test_who_must_wait_is_told_so_and_the_message_opens_by_itself(
    client, receive, address, settings, line
):
    settings.RENDER_WAIT = 0.1
    message = receive("text/html", "<p>Hb 7,2</p>")
    response = client.get(f"{address(message)}&lang=nl&theme=dark")

    assert response.status_code == 200
    assert "Een ogenblik geduld" in response.content.decode()
    assert "Hb 7,2" not in response.content.decode()
    assert 'aria-busy="true"' in response.content.decode()
    message.refresh_from_db()
    assert message.read_at is None
    assert not LogEntry.objects.filter(action="view").exists()
    seconds, _, url = response["Refresh"].partition("; url=")
    query = parse_qs(urlsplit(url).query)
    assert int(seconds) == settings.RENDER_RETRY_SECONDS
    assert (query["theme"], query["lang"]) == (["dark"], ["nl"])

    settings.RENDER_SOCKET, settings.RENDER_WAIT = "", 60
    again = client.get(url)

    assert "Hb 7,2" in again.content.decode()
    message.refresh_from_db()
    assert message.read_at is not None


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (wire.TIME, "duurde te lang"),
        (wire.MEMORY, "te veel geheugen"),
        (wire.OUTPUT, "werd te groot"),
        (wire.CRASH, "is mislukt"),
        (b"", "is mislukt"),
        (b"\0\0\0\0\0\0\0\2{}", "is mislukt"),
        (b"\xff" * 9, "is mislukt"),
    ],
)
def test_a_view_that_fails_gives_the_source_and_the_reason(opened, line, verdict, told):  # V74
    line(wire.STARTED, verdict)
    response = opened("text/html", "<p>kalium 7.2</p>")

    assert told in " ".join(notice(response))
    assert "&lt;p&gt;kalium 7.2&lt;/p&gt;" in response.content.decode()
    assert "Bekijk origineel" in response.content.decode()


def test_without_any_render_server_a_message_is_still_shown(opened, settings, tmp_path):
    settings.RENDER_SOCKET = str(tmp_path / "nobody.sock")
    response = opened("text/html", "<p>kalium 7.2</p>")

    assert "&lt;p&gt;kalium 7.2&lt;/p&gt;" in response.content.decode()


def test_short_text_needs_no_render_server(opened, settings, tmp_path):
    settings.RENDER_SOCKET = str(tmp_path / "nobody.sock")
    response = opened("text/plain", "kalium 7.2")

    assert notice(response) == []
    assert "kalium 7.2" in response.content.decode()


def test_only_the_head_of_a_large_content_is_laid_out(opened):
    response = opened("text/html", "<p>begin</p>" + "<p>x</p>\n" * 300_000)

    assert "begin" in response.content.decode()
    assert any("Afgekapt: 256 kB van" in said for said in notice(response))


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/plain; charset=iso-8859-1", "café €"),
        ("text/html; charset=iso-8859-1", "<p>café €</p>"),
        ("text/xml", '<?xml version="1.0" encoding="ISO-8859-1"?><a>café €</a>'),
    ],
)
def test_text_that_came_in_json_is_read_as_it_was_meant(opened, content_type, content):
    response = opened(content_type, content)

    assert "café €" in response.content.decode()
    assert notice(response) == []


def test_bytes_are_read_in_the_character_set_that_they_declare(opened):
    content = '<?xml version="1.0" encoding="ISO-8859-1"?><a>café</a>'.encode("latin-1")
    response = opened("text/xml", content, content_encoding="base64")

    assert ">café</span>" in response.content.decode()


def test_remote_images_load_only_where_the_box_allows_it_and_on_request(
    client, john, receive, address
):
    message = receive("text/html", '<p>x</p><img src="https://a.example/x.png" alt="logo">')
    url = f"{address(message)}&lang=nl"

    assert "Afbeeldingen laden" not in client.get(url).content.decode()
    john.remote_images = "ask"
    john.save()
    page = client.get(url)
    loaded = client.get(f"{url}&images=1")

    assert "Afbeeldingen laden" in page.content.decode()
    assert "https://a.example" not in page.content.decode()
    assert "img-src 'self' data:;" in page["Content-Security-Policy"]
    assert "https://a.example/x.png" in loaded.content.decode()
    assert "img-src 'self' data: https:;" in loaded["Content-Security-Policy"]
    assert "img-src data: https:;" in loaded.content.decode()


def test_the_inner_document_begins_with_its_own_policy(opened):
    html = opened("text/html", '<p>"x" & y</p>').content.decode()
    [inner] = re.findall(r'srcdoc="([^"]*)"', html)

    assert inner.startswith("&lt;!doctype html&gt;&lt;html style=")
    head = inner.index("Content-Security-Policy")
    assert inner.index("&lt;meta charset=&quot;utf-8&quot;&gt;") < head < inner.index("&lt;p&gt;")
    assert 'sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"' in html
    assert "allow-scripts" not in html


def test_a_print_is_flat_and_names_its_reader(client, receive, doctor, address):
    message = receive("text/html", "<p>Hb 7,2</p>", [("uitslag.pdf", "application/pdf", b"%PDF-1")])
    html = client.get(f"{address(message)}&mode=print&lang=nl").content.decode()

    assert "<iframe" not in html
    assert '<div class="mbx-paper" dir="auto"><p>Hb 7,2</p></div>' in html
    assert "door Anna Arts" in html
    assert "uitslag.pdf" in html
    assert message.xuid in html


def test_the_envelope_is_text_whatever_it_says(client, receive, address):
    attack = "<img src=x onerror=alert(1)>"
    message = receive(
        subject=attack,
        sender=Address("lab@duinrand.example", attack),
        to=(Address("john", attack),),
        cc=(Address("jill", "\u202e" + attack),),
    )
    for mode in ("page", "print", "embed"):
        html = client.get(f"{address(message)}&mode={mode}").content.decode()
        assert "<img" not in html
        assert html.count("&lt;img src=x onerror=alert(1)&gt;") >= 4
        assert "<bdi" in html
