"""The admin in plain words: titles that begin with a capital, systems by their names, lists that
know their columns."""

import gettext
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from boxes.models import Access, Message, User
from tests.boxes.envelopes import envelope_to
from transports.models import Account

DUTCH = {"accept-language": "nl"}


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/admin/boxes/user/", "Gebruikers"),
        ("/admin/boxes/user/add/", "Gebruiker toevoegen"),
        ("/admin/boxes/box/add/", "Postbus toevoegen"),
        ("/admin/mfa/authenticator/", "Tweede factoren"),
    ],
)
def test_a_title_begins_with_a_capital(browser, address, title):
    text = browser.get(address, headers=DUTCH).text

    assert f"<h1>{title}</h1>" in text
    assert f"<title>{title} | MessageBox</title>" in text


def test_a_page_that_refuses_says_so_first_in_its_title_in_dutch(browser, db):
    text = browser.post("/admin/boxes/organization/add/", {"name": ""}, headers=DUTCH).text

    assert "<title>Fout: Organisatie toevoegen" in text


def test_the_way_back_leads_by_the_list_and_not_by_a_package(browser, john):
    text = browser.get(reverse("admin:boxes_box_change", args=(john.pk,))).text

    crumbs = text.split('class="breadcrumbs"')[1].split("</div>")[0]
    assert "Home" in crumbs and "Boxes" in crumbs and "john" in crumbs
    assert 'href="/admin/boxes/"' not in crumbs


def test_the_page_of_a_package_leads_to_the_first_screen(browser):
    assert browser.get("/admin/boxes/").headers["Location"] == "/admin/"


def test_the_first_screen_lists_by_what_one_comes_for(browser):
    text = browser.get("/admin/", headers=DUTCH).text

    parts = ("Berichten", "Mensen en postbussen", "Software en andere systemen", "Inrichting")
    places = [text.index(f"<caption>{part}</caption>") for part in parts]
    assert places == sorted(places)
    assert "Authenticatie" not in text


def test_who_may_see_nothing_yet_is_told_whom_to_ask(staff_with):
    assert "Ask an administrator for a group" in staff_with().get("/admin/").text


def test_systems_go_by_their_names_in_lists_pages_and_filters(browser, john, jill):
    message = Message.objects.post(john, envelope_to("jill", "500099007@lms.lifeline.nl"))
    delivery = message.deliveries.last()

    pages = [
        browser.get("/admin/boxes/delivery/").text,
        browser.get(reverse("admin:boxes_delivery_change", args=(delivery.pk,))).text,
        browser.get(reverse("admin:boxes_message_change", args=(message.pk,))).text,
    ]

    for text in pages:
        assert "ZorgMail" in text
        assert ">zorgmail<" not in text
    assert "No road" in pages[0]
    assert "To 500099007@lms.lifeline.nl" in pages[1]
    page = reverse("admin:boxes_delivery_change", args=(delivery.pk,))
    assert "<h2>Aan 500099007@lms.lifeline.nl</h2>" in browser.get(page, headers=DUTCH).text


def test_each_cell_knows_its_column_for_who_reads_it_without_the_heading(browser, john, root):
    Access.objects.create(box=john, user=root, read=True, send=True)

    text = browser.get("/admin/boxes/access/", headers=DUTCH).text

    assert 'role="rowheader" data-label="Box" class="field-box' in text
    assert 'data-label="Rechten" class="field-rights">lezen, versturen<' in text


def test_a_cell_that_says_nothing_is_known_and_a_sign_is_told_in_words(browser):
    User.objects.create_user("ann")

    text = browser.get("/admin/boxes/user/", headers=DUTCH).text

    assert 'data-label="Organisatie" data-empty' in text
    assert 'alt="Nee"' in text and 'alt="False"' not in text


def test_a_cell_with_markup_in_a_name_stays_text(browser, practice):
    practice.name = '<b>"x"</b>'
    practice.save()

    text = browser.get("/admin/boxes/organization/").text

    assert "&lt;b&gt;&quot;x&quot;&lt;/b&gt;" in text and "<b>" not in text


def test_an_empty_list_says_whether_nothing_is_there_or_nothing_was_found(browser, db):
    there = browser.get("/admin/boxes/organization/").text
    found = browser.get("/admin/boxes/user/?q=nobody").text

    assert "There is nothing here yet." in there
    assert "Nothing was found." in found and 'href="?"' in found


def test_the_zone_of_the_times_is_named_once_on_a_page(browser, john):
    text = browser.get(reverse("admin:boxes_box_change", args=(john.pk,))).text

    assert text.count("All times here are those of Europe/Amsterdam.") == 1


def test_the_history_of_a_row_names_its_fields_in_dutch(browser, john):
    form = {"display_name": "Jan", "state": "open", "token_lifetime": 900, "theme": "{}"}
    form |= {"remote_images": "never", "accesses-TOTAL_FORMS": 0, "accesses-INITIAL_FORMS": 0}
    browser.post(reverse("admin:boxes_box_change", args=(john.pk,)), form | {"retention_days": 9})
    page = reverse("admin:boxes_box_history", args=(john.pk,))

    told = browser.get(page, headers=DUTCH).text
    assert "<td>Weergavenaam, " in told and "Berichten bewaren (dagen)" in told
    assert " gewijzigd.</td>" in told and "Display name" not in told
    assert "<td>Changed Display name, " in browser.get(page).text


def test_the_form_of_an_access_begins_its_labels_with_a_capital_and_tells_no_giver(browser, db):
    text = browser.get("/admin/boxes/access/add/", headers=DUTCH).text

    assert ">Postbus:</label>" in text and ">Gebruiker:</label>" in text
    assert "Gegeven door" not in text


def test_no_date_can_be_misread_in_english(browser, practice):
    type(practice).objects.update(created_at=datetime(2026, 12, 11, 13, 5, tzinfo=UTC))

    assert "11 December 2026 14:05" in browser.get("/admin/boxes/organization/").text


def test_an_account_goes_by_the_name_of_its_system(browser):
    account = Account.objects.create(transport="email", username="desk@example.org")

    text = browser.get(reverse("admin:transports_account_change", args=(account.pk,))).text

    assert "<h2>E-mail desk@example.org</h2>" in text


def test_an_american_date_is_refused_and_not_turned_round(browser, john, root):
    form = {"box": john.pk, "user": root.pk, "read": "on", "until_0": "12/11/2099"}

    text = browser.post("/admin/boxes/access/add/", form).text

    assert "Enter a valid date." in text
    assert not Access.objects.exists()


def test_who_reads_dutch_meets_one_word_for_a_box():
    folder = Path(settings.BASE_DIR, "locale")
    dutch = gettext.translation("django", folder, ["nl"])._catalog  # type: ignore[attr-defined]

    mixed = [text for text in dutch.values() if re.search(r"(?<!%\()\b[Bb]ox(en)?\b", text)]

    assert not mixed
