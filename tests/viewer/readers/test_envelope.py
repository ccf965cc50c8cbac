import base64
import json

import pytest

from viewer.clinical import Unreadable
from viewer.readers import read

KIND = "application/vnd.messagebox.envelope+json"


def document(data):
    return read(KIND, json.dumps(data).encode())


def test_an_envelope_shows_people_and_text(sample):
    found = read(KIND, sample("messagebox-envelope/simple.json"))

    [report] = found.reports
    assert report.title == "Afspraak verplaatst"
    assert [(party.role, party.person, party.identifiers[0].value) for party in report.parties] == [
        ("from", "Huisartsenpraktijk De Linde", "delinde"),
        ("to", "Ooievaarsnest", "ooievaarsnest"),
    ]
    assert report.moments[0].iso == "2026-02-03T15:30:54"
    assert [notice.code for notice in found.notices] == ["dates_local"]
    assert report.sections[0].items[0].lines[0] == "Beste collega,"


def test_a_token_is_never_shown():
    found = document(
        {
            "xuid": "a",
            "jwt": "geheim",
            "deep": [{"JWT": "geheim"}],
            "envelope": {"jwt": "geheim", "subject": "s"},
        }
    )

    assert "geheim" not in repr(found)
    assert "geheim" not in repr(document([{"jwt": "geheim", "envelope": {"subject": "s"}}]))


def test_a_list_is_a_section_for_each_message(sample):
    [report] = read(KIND, sample("messagebox-envelope/full-list.json")).reports

    assert report.kind == "message_list"
    assert [section.heading for section in report.sections][:2] == [
        "Duinmeijer",
        "Dossier S.J. Duinmeijer - van der Klaver",
    ]
    assert "red" in repr(report.sections[0])


def test_the_content_is_read_as_what_it_is(sample):
    content = sample("zorgmail-medlab-xml/simple-flat.xml").decode()

    found = document(
        {"subject": "s", "contentType": "application/vnd.edi.medlab+xml", "content": content}
    )

    assert [report.kind for report in found.reports] == ["envelope", "laboratory_report"]
    assert found.patients[0].bsn == "999990044"


def test_the_form_of_the_first_years_has_base64():
    content = base64.b64encode("Zoë".encode()).decode()

    found = document(
        {
            "from_username": "jan",
            "to": "piet/default",
            "content": content,
            "content_type": "text/plain",
        }
    )

    assert found.reports[0].sections[0].items[0].lines == ("Zoë",)
    assert [party.person for party in found.reports[0].parties] == ["jan", "piet/default"]


def test_envelopes_in_envelopes_are_opened_once():
    inner = {"contentType": KIND, "content": "{}"}
    for _ in range(30):
        inner = {"contentType": KIND, "content": json.dumps(inner)[:100_000]}

    assert len(document(inner).reports) == 1


@pytest.mark.parametrize("content", [b'"text"', b"{", b"[" * 1000])
def test_what_is_no_envelope_is_refused(content):
    with pytest.raises(Unreadable):
        read(KIND, content)
