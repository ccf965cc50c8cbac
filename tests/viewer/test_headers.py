"""The headers of every kind of answer, to the letter."""

import re
from email.message import EmailMessage
from html import unescape

import pytest

from boxes import tokens
from boxes.models import LogEntry
from viewer import files

pytestmark = pytest.mark.django_db

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'none'; frame-src 'self';"
    " worker-src 'none'; "
    "manifest-src 'none'; media-src 'none'; object-src 'none'; base-uri 'none';"
    " form-action 'none'; "
    "frame-ancestors 'self' {parents}; require-trusted-types-for 'script'; trusted-types 'none'"
)
SEALED = "sandbox; default-src 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
    "X-DNS-Prefetch-Control": "off",
    "Origin-Agent-Cluster": "?1",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
PERMISSIONS = (
    "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), clipboard-read=(), "
    "clipboard-write=(), display-capture=(), encrypted-media=(), fullscreen=(self),"
    " geolocation=(), "
    "gyroscope=(), hid=(), idle-detection=(), local-fonts=(), local-network-access="
    "(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), "
    "screen-wake-lock=(), serial=(), storage-access=(), usb=(), window-management=(), "
    "xr-spatial-tracking=()"
)
NEVER = (
    "X-Frame-Options",
    "Set-Cookie",
    "ETag",
    "Accept-Ranges",
    "Access-Control-Allow-Origin",
    "Location",
)


def check(response, policy, resource, opener):
    for name, value in {**ALWAYS, "Permissions-Policy": PERMISSIONS}.items():
        assert response[name] == value
    for name in NEVER:
        assert name not in response
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert response["Content-Security-Policy"] == policy
    assert response["Cross-Origin-Resource-Policy"] == resource
    assert response["Cross-Origin-Opener-Policy"] == opener


@pytest.mark.parametrize("mode", ["page", "print"])
def test_a_page_may_be_framed_by_any_https_page_and_runs_nothing_but_ours(
    client, receive, address, mode
):
    response = client.get(f"{address(receive())}&mode={mode}")

    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "Content-Disposition" not in response
    check(response, PAGE_POLICY.format(parents="https:"), "cross-origin", "unsafe-none")


def test_a_box_names_who_may_frame_its_pages(client, john, receive, address):
    john.origins = ["https://epd.example", "http://localhost:3000"]
    john.save()
    response = client.get(address(receive()))
    policy = PAGE_POLICY.format(parents="https://epd.example http://localhost:3000")

    check(response, policy, "cross-origin", "unsafe-none")
    assert 'data-parents="https://epd.example http://localhost:3000"' in response.content.decode()


def test_an_origin_is_told_as_browsers_write_it(client, john, receive, address):
    john.origins = ["https://EPD.example:443", "http://localhost:80", "http://localhost:8080"]
    john.save()

    page = client.get(address(receive())).content.decode()

    told = "https://epd.example http://localhost http://localhost:8080"
    assert f'data-parents="{told}"' in page


@pytest.mark.parametrize(
    ("demo", "production", "origins", "parents"),
    [
        (True, False, [], "https: http://localhost:* http://127.0.0.1:*"),
        (True, False, ["https://epd.example"], "https://epd.example"),
        (True, True, [], "https:"),
        (False, False, [], "https:"),
    ],
)
def test_in_the_demo_a_page_on_this_machine_may_frame_the_viewer(
    client, john, receive, address, settings, demo, production, origins, parents
):
    settings.DEMO, settings.PRODUCTION = demo, production
    john.origins = origins
    john.save()

    response = client.get(address(receive()))

    check(response, PAGE_POLICY.format(parents=parents), "cross-origin", "unsafe-none")


def test_our_own_other_host_may_always_frame_the_viewer(client, john, receive, address, settings):
    settings.BASE_URL = "https://post.example:8443"
    settings.VIEWER_BASE_URL = "https://viewer.example"

    for origins, parents in (([], "https:"), (["https://epd.example"], "https://epd.example")):
        john.origins = origins
        john.save()
        policy = PAGE_POLICY.format(parents=f"https://post.example:8443 {parents}")
        check(client.get(address(receive())), policy, "cross-origin", "unsafe-none")


def test_an_error_page_may_be_framed_by_any_page_and_has_nothing_to_click(
    client, john, receive, address
):
    john.origins = ["https://epd.example"]
    john.save()
    message = receive()
    policy = PAGE_POLICY.format(parents="http: https:")

    for url in (f"/john/messages/{message.xuid}", address(message, now=1_600_000_000)):
        response = client.get(url)
        check(response, policy, "cross-origin", "unsafe-none")
        words = response.content.decode()
        assert 'data-parents="http: https:"' in words
        assert not re.search(r"<(a|button|form|input|iframe)\b", words)
        assert message.subject not in words


def test_a_fragment_may_do_nothing_where_it_stands_alone(client, receive, address):
    response = client.get(f"{address(receive())}&mode=embed")

    check(response, SEALED, "same-origin", "same-origin")


def test_a_script_may_read_a_fragment_only_from_an_origin_that_the_box_lists(
    client, john, receive, address
):
    john.origins = ["https://epd.example"]
    john.save()
    url = f"{address(receive())}&mode=embed"

    listed = client.get(url, headers={"Origin": "https://epd.example"})
    stranger = client.get(url, headers={"Origin": "https://evil.example"})

    assert listed["Access-Control-Allow-Origin"] == "https://epd.example"
    assert "Access-Control-Allow-Origin" not in stranger


@pytest.fixture
def file_url(doctor):
    def url(message, which, **query):
        opened = tokens.read_page(
            tokens.mint_page(message, doctor.subject), message.box.name, message.xuid
        )
        place = "raw" if which == "raw" else f"attachments/{which}"
        more = "".join(f"&{name}={value}" for name, value in query.items())
        base = f"/{message.box.name}/messages/{message.xuid}/{place}"
        return f"{base}?jwt={tokens.mint_file(opened, which)}{more}"

    return url


def test_the_original_is_always_a_download(client, receive, file_url):
    message = receive("text/html", "<script>alert(1)</script>é")
    response = client.get(file_url(message, "raw"))

    assert b"".join(response.streaming_content) == "<script>alert(1)</script>é".encode()
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Length"] == "27"
    assert response["Content-Disposition"].startswith(f'attachment; filename="{message.xuid}.html"')
    check(response, SEALED, "same-origin", "same-origin")


def test_a_picture_stands_in_the_page_and_a_script_in_a_picture_does_not(client, receive, file_url):
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
    message = receive(
        attachments=[("a.png", "image/png", png), ("b.png", "image/png", b"<html>no</html>")]
    )

    shown = client.get(file_url(message, 1))
    wrong = client.get(file_url(message, 2))
    forced = client.get(file_url(message, 1, dl=1))

    assert shown["Content-Type"] == "image/png"
    assert shown["Content-Disposition"].startswith("inline; ")
    check(shown, f"{SEALED}; frame-ancestors 'self' https:", "same-origin", "same-origin")
    for response in (wrong, forced):
        assert response["Content-Disposition"].startswith("attachment; ")
        check(response, SEALED, "same-origin", "same-origin")
    assert wrong["Content-Type"] == "application/octet-stream"  # V66


def test_a_fax_beside_a_message_is_drawn_and_its_bytes_are_a_download(
    client, receive, file_url, sample, doctor
):
    fax = sample("image/full-fax-3-pages-g4.tif")
    message = receive(
        attachments=[("fax.tif", "image/tiff", fax), ("b.tif", "image/tiff", b"<html>no</html>")]
    )

    drawn = client.get(file_url(message, 1, lang="nl"))
    wrong = client.get(file_url(message, 2))

    page = drawn.content.decode()
    assert page.count('src="data:image/png;base64,') == 3 and "fax.tif" in page
    check(drawn, PAGE_POLICY.format(parents="https:"), "cross-origin", "unsafe-none")
    assert LogEntry.objects.filter(xuid=message.xuid, action="download").count() == 2
    [address] = re.findall(r'href="([^"]*/attachments/1[^"]*)"', page)
    whole = client.get(unescape(address))
    assert b"".join(whole.streaming_content) == fax
    for response in (wrong, whole):
        assert response["Content-Disposition"].startswith("attachment; ")
        check(response, SEALED, "same-origin", "same-origin")


def test_the_page_of_a_fax_is_in_the_language_of_its_reader(client, receive, address, sample):
    fax = sample("image/full-fax-3-pages-g4.tif")
    message = receive(attachments=[("fax.tif", "image/x-tiff", fax)])

    page = client.get(f"{address(message)}&lang=en&theme=dark").content.decode()
    [link] = re.findall(r'href="([^"]*/attachments/1[?]lang[^"]*)"', page)
    drawn = client.get(unescape(link)).content.decode()

    assert 'alt="Page 3 of 3"' in drawn and 'data-theme="dark"' in drawn


def test_a_fax_inside_a_mail_is_drawn_too(client, receive, file_url, sample):
    mail = EmailMessage()
    mail["Subject"] = "Fax"
    mail.set_content("Zie bijlage")
    scan = sample("image/full-fax-3-pages-g4.tif")
    mail.add_attachment(scan, maintype="image", subtype="tiff", filename="fax.tif")
    message = receive("message/rfc822", mail.as_bytes())

    page = client.get(file_url(message, 1)).content.decode()

    assert page.count('src="data:image/png;base64,') == 3


def test_a_bitmap_that_cannot_be_drawn_says_so_and_leads_to_its_bytes(client, receive, file_url):
    message = receive(attachments=[("foto.bmp", "image/bmp", b"BM" + bytes(50))])

    page = client.get(file_url(message, 1, lang="nl")).content.decode()

    assert "Deze afbeelding kan hier niet worden getekend" in page
    assert "attachments/1?dl=1" in page and "data:image" not in page


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.xml", "a.xhtml", "a.mht"])
@pytest.mark.parametrize("declared", ["text/html", "image/svg+xml", "text/xml", "text/plain"])
def test_markup_is_a_download_whatever_it_is_called(
    client, receive, file_url, name, declared
):  # V65
    message = receive(attachments=[(name, declared, b"<html><script>alert(1)</script>")])
    response = client.get(file_url(message, 1))

    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../x", "....x"),
        ("a\r\nX-Evil: 1", "aX-Evil 1"),
        ("ann\u202efdp.exe", "annfdp.exe"),
        ('"', "bijlage-1"),
        ("", "bijlage-1"),
        ("con.txt", "_con.txt"),
        (".bashrc", "bashrc"),
        ("uitslag. ", "uitslag"),
        ("uitslag.exe\u00a0.", "uitslag.exe"),
        ("uit\u00adslag.exe\u3164", "uitslag.exe"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("résumé.pdf", "r%C3%A9sum%C3%A9.pdf"),
    ],
)
def test_a_file_name_is_a_name_and_nothing_else(client, receive, file_url, given, shown):  # V67
    message = receive(attachments=[(given[:255], "application/octet-stream", b"x")])
    response = client.get(file_url(message, 1))

    kept = shown.lstrip(".") if given.startswith(".") else shown
    kept = kept if len(given) <= 255 else "x" * 150
    name = response["Content-Disposition"].partition("filename*=UTF-8''")[2]
    assert name == kept.replace(" ", "%20")
    assert "X-Evil" not in response.headers


@pytest.mark.parametrize("ending", ["", ".", " ", ". .", "\u200b", "\u202e", "\u00ad", "\u00a0."])
@pytest.mark.parametrize("name", ["factuur.exe", "FACTUUR.PIF", "foto.pdf.js", "foto\u202egpj.scr"])
def test_a_program_is_known_whatever_hides_its_extension(name, ending):
    assert files.is_risky(name + ending)
    assert not files.is_risky(f"uitslag.pdf{ending}")


def test_a_page_warns_of_a_program_in_disguise(client, receive, address):
    attachments = [("factuur.exe\u00a0.", "application/pdf", b"MZ")]
    page = client.get(address(receive(attachments=attachments))).content.decode()

    assert "Kan een programma starten" in page


@pytest.mark.parametrize("stored", ["text/html; x=1", 'foo/bar"><script>', "application/pdf"])
def test_a_stored_type_is_never_repeated(client, receive, file_url, stored):  # V68
    message = receive(attachments=[("a.pdf", stored, b"<html>")])
    response = client.get(file_url(message, 1))

    assert response["Content-Type"] == "application/octet-stream"


def test_text_leaves_as_utf8(client, receive, file_url):
    content = "café".encode("windows-1252")
    message = receive(attachments=[("a.txt", "text/plain; charset=windows-1252", content)])
    response = client.get(file_url(message, 1))

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert b"".join(response).decode() == "café"
    assert response["Content-Length"] == "5"


def test_a_range_gets_the_whole(client, receive, file_url):
    message = receive(attachments=[("a.bin", "application/octet-stream", b"0123456789")])
    response = client.get(file_url(message, 1), headers={"Range": "bytes=2-3"})

    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"0123456789"


def test_a_token_of_one_file_opens_no_other(client, receive, file_url, address):
    message = receive(attachments=[("a.txt", "text/plain", b"a"), ("b.txt", "text/plain", b"b")])
    first = file_url(message, 1)
    page = address(message).partition("?")[2]

    assert client.get(first.replace("attachments/1", "attachments/2")).status_code == 403
    assert client.get(first.replace("attachments/1", "raw")).status_code == 403
    assert client.get(first.replace("/attachments/1", "")).status_code == 401
    assert client.get(first.partition("?")[0] + "?" + page).status_code == 401
    assert client.get(file_url(message, 3)).status_code == 404
