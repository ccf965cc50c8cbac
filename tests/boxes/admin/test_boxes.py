"""Boxes, organizations and access in the admin."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localtime, now

from boxes.models import Access, Box, GroupAccess, LogEntry, Message, Organization, User
from tests.boxes.envelopes import envelope_to

ADD = "/admin/boxes/box/add/"
NO_ACCESS = {"accesses-TOTAL_FORMS": 0, "accesses-INITIAL_FORMS": 0}


def box_form(**fields) -> dict:
    usual = {"state": "open", "token_lifetime": 900, "remote_images": "never", "theme": "{}"}
    return {**usual, **NO_ACCESS, **fields}


def change_page(box: Box) -> str:
    return reverse("admin:boxes_box_change", args=(box.pk,))


def delete_page(row) -> str:
    return reverse(f"admin:boxes_{row._meta.model_name}_delete", args=(row.pk,))


def test_a_box_is_made_with_its_origins_one_a_line(browser, practice):
    form = box_form(
        name="verloskunde",
        organization=practice.pk,
        origins="https://epd.example.org\r\nhttps://his.example.org",
    )

    browser.post(ADD, form)

    box = Box.objects.get()
    assert box.name == "verloskunde"
    assert box.origins == ["https://epd.example.org", "https://his.example.org"]
    assert LogEntry.objects.get(action="admin add").box_name == "verloskunde"


def test_a_new_box_is_given_its_contacts_at_once(browser, practice):
    browser.post(ADD, box_form(name="balie", contacts="balie@example.org\r\narts@example.org"))

    assert Box.objects.get().contacts == ["balie@example.org", "arts@example.org"]


def test_the_form_of_a_new_box_says_what_its_name_is_for(browser, db):
    text = browser.get(ADD, headers={"accept-language": "nl"}).text

    assert "Het adres, voorgoed: kleine letters en cijfers, zoals delinde." in text
    assert "Leeg: die van de installatie." in text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "Jo Smit"}, "A box name is 1 to 64 lowercase letters and digits"),
        ({"name": "admin"}, "is reserved for addresses of the service itself"),
        ({"name": "jo", "time_zone": "Mars/Base"}, "This time zone is not known"),
        ({"name": "jo", "origins": "epd.example.org"}, "epd.example.org is not an exact origin"),
        (
            {"name": "jo", "origins": "https://his.example.org\r\nhttps://epd.example.org/"},
            "https://epd.example.org/ is not an exact origin",
        ),
        ({"name": "jo", "token_lifetime": "5"}, "greater than or equal to 60"),
    ],
)
def test_a_box_that_cannot_be_is_refused_with_a_sentence(browser, db, fields, sentence):
    response = browser.post(ADD, box_form(**fields))

    assert sentence in response.text
    assert not Box.objects.exists()


def test_the_name_of_a_box_stays_because_it_is_its_address(browser, john):
    browser.post(change_page(john), box_form(name="piet", display_name="Piet"))

    john.refresh_from_db()
    assert (john.name, john.display_name) == ("john", "Piet")


def test_access_is_given_on_the_page_of_the_box_and_logged(browser, john, root):
    row = {"accesses-0-user": root.pk, "accesses-0-read": "on", "accesses-TOTAL_FORMS": 1}

    browser.post(change_page(john), box_form(**row))

    assert john.allows(root, "read")
    entry = LogEntry.objects.get(action="admin change")
    assert entry.box_name == "john"
    assert "access" in entry.detail and "root" in entry.detail


def test_access_for_nobody_is_refused(browser, john):
    row = {"accesses-0-read": "on", "accesses-TOTAL_FORMS": 1}

    response = browser.post(change_page(john), box_form(**row))

    assert "Choose either a user or an API key." in response.text
    assert not Access.objects.exists()


def test_a_box_with_messages_is_kept_and_says_why(browser, john):
    Message.objects.post(john, envelope_to("jill"))

    response = browser.post(delete_page(john), {"post": "yes"}, follow=True)

    assert "This box holds messages and is kept." in response.text
    assert Box.objects.filter(name="john").exists()


def test_an_empty_box_can_go(browser, john):
    browser.post(delete_page(john), {"post": "yes"})

    assert not Box.objects.exists()
    assert LogEntry.objects.get(action="admin delete").box_name == "john"


def test_an_organization_that_owns_something_is_kept(browser, john, practice):
    response = browser.post(delete_page(practice), {"post": "yes"}, follow=True)

    assert "Boxes, keys or users belong to this organization" in response.text
    assert Organization.objects.exists()


def test_rows_are_not_deleted_by_the_handful(browser, john):
    form = {"action": "delete_selected", "_selected_action": [john.pk]}

    browser.post("/admin/boxes/box/", form)

    assert Box.objects.exists()


def test_a_box_page_counts_its_messages_and_leads_to_them(browser, john):
    Message.objects.post(john, envelope_to("jill"))
    Message.objects.post(john, envelope_to("jill"))

    page = browser.get(change_page(john))

    assert '<a href="/admin/boxes/message/?q=john">2<' in page.text


@pytest.mark.parametrize("listed", ["box", "access", "organization"])
def test_a_list_asks_as_many_queries_for_many_rows_as_for_few(
    browser, practice, root, django_assert_num_queries, count_queries, listed
):
    def add(number: int) -> None:
        for n in range(number):
            Organization.objects.create(name=f"Praktijk {number} {n}")
            box = Box.objects.create(name=f"box{number}x{n}", organization=practice)
            Access.objects.create(box=box, user=root, read=True)

    add(2)
    few = count_queries(lambda: browser.get(f"/admin/boxes/{listed}/"))
    add(30)

    with django_assert_num_queries(few):
        browser.get(f"/admin/boxes/{listed}/")


def test_the_access_rows_of_a_box_page_cost_no_queries_each(
    browser, john, issue_key, count_queries
):
    issue_key(john, "read")
    few = count_queries(lambda: browser.get(change_page(john)))
    for _ in range(20):
        issue_key(john, "read")

    assert count_queries(lambda: browser.get(change_page(john))) == few


def test_a_row_of_access_changes_its_rights_and_never_its_holder(
    browser, john, john_key, jill_key, root
):
    [access] = john.accesses.all()
    row = {
        "accesses-TOTAL_FORMS": 1,
        "accesses-INITIAL_FORMS": 1,
        "accesses-0-id": access.pk,
        "accesses-0-box": john.pk,
        "accesses-0-key": jill_key.key.pk,
        "accesses-0-read": "on",
    }

    browser.post(change_page(john), box_form(**row))

    access.refresh_from_db()
    assert (access.key, access.read, access.send) == (john_key.key, True, False)


# -- the period of an access --

PERIOD_PAGE = "/admin/boxes/access/"


def given(browser, john, root, **fields) -> str:
    form = {"box": john.pk, "user": root.pk, "read": "on", **fields}
    return browser.post(f"{PERIOD_PAGE}add/", form, follow=True).text


def test_access_is_given_for_a_period_under_the_givers_name_and_logged(browser, john, root):
    given(browser, john, root, until_0="2099-12-31", until_1="18:00")

    access = Access.objects.get()
    assert (access.until.year, access.given_by) == (2099, root.title)
    entry = LogEntry.objects.get(action="admin access")
    assert "read from" in entry.detail and "until 2099-12-31 17:00 UTC" in entry.detail
    listed = browser.get(PERIOD_PAGE).text
    assert "active until 31 December 2099 18:00" in listed and root.title in listed


def test_a_period_of_days_holds_its_first_and_its_last(browser, john, root):
    given(browser, john, root, since_0="2099-12-01", until_0="2099-12-31")

    access = Access.objects.get()
    assert localtime(access.since).isoformat()[:16] == "2099-12-01T00:00"
    assert localtime(access.until).isoformat()[:16] == "2099-12-31T23:59"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"until_0": "2001-01-01", "until_1": "08:00"}, "This is past already"),
        (
            {
                "since_0": "2099-02-01",
                "since_1": "08:00",
                "until_0": "2099-01-01",
                "until_1": "08:00",
            },
            "The end has to be later than the beginning.",
        ),
    ],
)
def test_a_period_that_cannot_be_is_refused(browser, john, root, fields, sentence):
    assert sentence in given(browser, john, root, **fields)
    assert not Access.objects.exists()


def test_what_groups_alone_gave_gets_no_period(browser, john, root):
    Access.objects.create(box=john, user=root, read=True)
    GroupAccess.objects.create(box=john, user=root, read=True, groups="doctors")
    page = f"{PERIOD_PAGE}{Access.objects.get().pk}/change/"

    answer = browser.post(page, {"read": "on", "until_0": "2099-01-01", "until_1": "08:00"})

    assert "last as long as the groups give them" in answer.text
    assert Access.objects.get().until is None


def test_a_right_on_an_access_that_has_ended_is_not_given_in_vain(browser, john):
    holder = User.objects.create_user("loes")
    past = now() - timedelta(days=1)
    facts = {"since": past - timedelta(days=1), "until": past, "read": True}
    access = Access.objects.create(box=john, user=holder, **facts)
    page = f"/admin/boxes/access/{access.pk}/change/"
    day = localtime(past)
    fields = {"read": "on", "send": "on", "until_0": f"{day:%Y-%m-%d}", "until_1": f"{day:%H:%M}"}

    refused = browser.post(page, fields)
    unsent = not Access.objects.get().send
    answer = browser.post(page, {**fields, "until_0": "", "until_1": ""})

    assert "rights that are given now would not count" in refused.text and unsent
    assert answer.status_code == 302
    assert Access.objects.get().send and not Access.objects.get().has_ended
