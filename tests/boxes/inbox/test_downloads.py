"""Downloads of a message and its files from the inbox, by the doors of the viewer."""

import io
import zipfile

import pytest

from boxes.envelope import Attachment
from boxes.models import Access, LogEntry, Message
from tests.boxes.envelopes import envelope_to
from tests.boxes.inbox.test_misdelivered import away

FILES = (
    Attachment("verslag.pdf", "application/pdf", b"%PDF-1.4 een"),
    Attachment("../Verslag.pdf", "application/pdf", b"%PDF-1.4 twee"),
    Attachment("pagina.html", "text/html", b"<script>alert(1)</script>"),
)


@pytest.fixture
def message(john):
    letter = envelope_to("john", subject="Uitslag", content=b"Hb 6,1", attachments=FILES)
    return Message.objects.receive(john, letter)


def fetched(browser, message, which: str):
    answer = browser.get(f"/inbox/john/inbox/{message.xuid}/download/{which}", follow=True)
    return answer, b"".join(answer.streaming_content) if answer.streaming else b""


@pytest.mark.parametrize(
    ("which", "content", "name"),
    [("raw", b"Hb 6,1", ".txt"), ("1", b"%PDF-1.4 een", "verslag.pdf"), ("3", None, "pagina.html")],
)
def test_each_is_a_download_that_no_browser_shows_and_the_log_knows(
    anna, message, which, content, name
):
    answer, got = fetched(anna, message, which)

    assert got == (content or FILES[2].content)
    assert answer["Content-Disposition"].startswith("attachment;") and name in str(answer.headers)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in answer["Cache-Control"]
    entry = LogEntry.objects.get(action="download")
    assert (entry.subject, entry.xuid, entry.detail) == (anna.user.subject, message.xuid, which)


def test_all_of_it_is_one_archive_with_names_that_any_system_takes(anna, message):
    answer, got = fetched(anna, message, "all")

    assert f"{message.xuid}.zip" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(got)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"{message.xuid}.txt": b"Hb 6,1",
            "verslag.pdf": b"%PDF-1.4 een",
            "Verslag (2).pdf": b"%PDF-1.4 twee",
            "pagina.html": b"<script>alert(1)</script>",
        }
    assert LogEntry.objects.get(action="download").detail == "all"


def test_the_bar_offers_each_file_and_a_message_without_files_itself(anna, message, received):
    page = anna.get(f"/inbox/john/inbox/{message.xuid}").text
    alone = received()
    plain = anna.get(f"/inbox/john/inbox/{alone.xuid}").text

    for which in ("all", "raw", "1", "2", "3"):
        assert f"{message.xuid}/download/{which}" in page
    assert f"{alone.xuid}/download/raw" in plain and "download/all" not in plain


def test_a_download_opens_nothing_but_itself(anna, message):
    there = anna.get(f"/inbox/john/inbox/{message.xuid}/download/1")["Location"]

    other = there.replace("/attachments/1", "/attachments/2")
    whole = there.replace("/attachments/1", "/all")

    assert anna.get(other).status_code == anna.get(whole).status_code == 403


@pytest.mark.parametrize("which", ["4", "0", "x", "99999"])
def test_a_file_that_is_not_there_is_none(anna, message, which):
    assert anna.get(f"/inbox/john/inbox/{message.xuid}/download/{which}").status_code == 404
    assert not LogEntry.objects.filter(action="download").exists()


def test_who_may_not_read_downloads_nothing(person, message, jill):
    stranger = person("carl", "read", box=jill)

    assert stranger.get(f"/inbox/john/inbox/{message.xuid}/download/raw").status_code == 404


def test_of_a_wrongly_delivered_message_nothing_is_downloaded(anna, message, jill):
    Access.objects.create(box=jill, user=anna.user, send=True)
    there = anna.get(f"/inbox/john/inbox/{message.xuid}/download/all")["Location"]
    away(anna, message, "jill")

    answer = anna.get(f"/inbox/john/inbox/{message.xuid}/download/raw")

    assert answer["Location"] == f"/inbox/john/archive/{message.xuid}"
    assert anna.get(there).status_code == 410  # also by a link from before
