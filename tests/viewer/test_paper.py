"""What a printer gets: printed by Chromium, and read again from the sheets."""

import unicodedata

import pytest

from tests.viewer.paper import sheets

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

REPORTS = {
    "EDIFACT": ("application/edifact", "edifact/medlab-full.edi"),
    "ZorgMail XML": ("application/vnd.edi.medlab+xml", "zorgmail-medlab-xml/full-grouped.xml"),
    "HL7": ("application/hl7-v2", "hl7v2/oru-full.hl7"),
    "FHIR": ("application/fhir+json", "fhir-r4/bundle-diagnosticreport-full.json"),
}


@pytest.fixture
def printed(glance, live_server, address):
    """``printed(message)`` is what stands on each sheet of A4, without white space."""

    def printed(message, query="&mode=print") -> list[str]:
        page = glance(f"{live_server.url}{address(message)}{query}")
        page.wait_for_load_state("load")
        found = sheets(page.pdf(format="A4"))
        return [unicodedata.normalize("NFKC", sheet) for sheet in found]

    return printed


def test_each_sheet_says_who_what_when_and_which_of_how_many(printed, receive, sample):
    content_type, path = REPORTS["EDIFACT"]
    message = receive(content_type, sample(path))

    found = printed(message)

    assert len(found) > 1
    for number, sheet in enumerate(found, 1):
        assert "DUINMEIJER–vanderKLAVER,Sanne(mw.S.J.)" in sheet
        assert "14mrt1991" in sheet and "999990032" in sheet
        assert "Uitslagvandinsdag·StreeklabDuinrand" in sheet
        assert message.xuid in sheet
        assert "afgedrukt" in sheet and "doorAnnaArts" in sheet
        assert f"{number}/{len(found)}" in sheet
        assert "gecorrigeerd" in sheet


@pytest.mark.parametrize("form", REPORTS)
def test_one_report_takes_about_as_much_paper_in_each_format(printed, receive, sample, form):
    content_type, path = REPORTS[form]

    found = printed(receive(content_type, sample(path)))

    assert 3 <= len(found) <= 4
    assert sum(sheet.count("Hemoglobine") for sheet in found) == 2  # at the top, and in its table
    assert "↓laag" in found[0]


@pytest.mark.parametrize("query", ["&mode=print", ""])
def test_a_long_letter_loses_no_line_on_paper(printed, receive, query):
    letter = "".join(f"<p>Regel {number}.</p>" for number in range(1, 301))

    found = "".join(printed(receive("text/html", letter), query))

    assert [number for number in range(1, 301) if f"Regel{number}." not in found] == []


def test_paper_tells_where_a_link_leads_and_what_is_folded(printed, receive, sample):
    link = '<p><a href="https://folder.example/anti-c">de folder</a></p>'
    dossier = sample("hub-xml/full.xml")

    letter = "".join(printed(receive("text/html", link)))
    form = "".join(printed(receive("application/vnd.nl.perinatologie.resource+xml", dossier)))

    assert "defolder(https://folder.example/anti-c)" in letter
    assert "Overigegegevens" in form and "logo" in form.casefold()


def test_paper_lists_what_came_along(printed, receive, sample):
    attachments = [("uitslag.pdf", "application/pdf", sample("pdf/simple.pdf"))]

    found = "".join(printed(receive(attachments=attachments)))

    assert "1bijlage" in found and "uitslag.pdf" in found
