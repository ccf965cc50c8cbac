"""What members of the staff may do, in words; and how somebody leaves."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import override

from boxes.models import Access, GroupAccess, LogEntry, User

PASSWORD = "Vier-losse-woorden-9"
ADD = "/admin/auth/group/add/"


def permission(codename: str) -> Permission:
    return Permission.objects.exclude(content_type__app_label="admin").get(codename=codename)


def page(user: User, name: str = "change") -> str:
    return reverse(f"admin:boxes_user_{name}", args=(user.pk,))


def user_form(user: User, **fields) -> dict:
    inline = {"accesses-TOTAL_FORMS": 0, "accesses-INITIAL_FORMS": 0}
    return {"username": user.username, "is_active": "on", **inline, **fields}


# -- groups --


def test_the_rights_of_a_group_are_a_table_in_ones_own_language(browser):
    with override("nl"):
        text = browser.get(ADD, headers={"accept-language": "nl"}).text

    assert (
        'aria-label="Postbussen: wijzigen"' in text and 'aria-label="Berichten: bekijken"' in text
    )
    assert "Can change" not in text


def test_only_what_a_list_asks_for_can_be_given(browser):
    text = browser.get(ADD).text

    assert 'aria-label="Deliveries: change"' in text
    for nothing in ("Deliveries: delete", "Messages: change", "Log", "Sessions", "E-mail"):
        assert f'aria-label="{nothing}' not in text


def test_a_group_gets_what_is_ticked(browser):
    browser.post(ADD, {"name": "Balie", "permissions": [permission("view_box").pk]})

    assert [row.codename for row in Group.objects.get().permissions.all()] == ["view_box"]


def test_what_a_group_held_before_and_the_table_does_not_show_stays(browser):
    group = Group.objects.create(name="Balie")
    group.permissions.set([permission("view_logentry"), permission("view_box")])
    address = reverse("admin:auth_group_change", args=(group.pk,))

    browser.post(address, {"name": "Balie", "permissions": [permission("add_box").pk]})

    assert {row.codename for row in group.permissions.all()} == {"view_logentry", "add_box"}


def test_a_right_that_no_list_asks_for_is_refused(browser):
    answer = browser.post(ADD, {"name": "Balie", "permissions": [permission("add_session").pk]})

    assert "is not one of the available choices" in answer.text
    assert not Group.objects.exists()


def test_who_may_only_look_reads_the_rights_of_a_group_in_words(staff_with):
    group = Group.objects.create(name="Balie")
    group.permissions.set([permission("view_box"), permission("change_box")])

    text = staff_with("view_group").get(reverse("admin:auth_group_change", args=(group.pk,))).text

    assert "Boxes: view, change" in text and "checkbox" not in text


# -- the page of a user --


def test_the_page_of_a_user_shows_nothing_of_the_password(browser):
    ann = User.objects.create_user("ann", password=PASSWORD)

    text = browser.get(page(ann)).text

    assert "A password is set." in text and "Set another password" in text
    assert not [part for part in ann.password.split("$") if part in text]
    assert "algorithm" not in text and "salt" not in text


def test_a_user_without_a_password_is_told_so(browser):
    text = browser.get(page(User.objects.create_user("ann"))).text

    assert "None is set." in text and "Set a password" in text


def test_rights_beside_the_groups_are_shown_where_somebody_has_them(browser):
    ann = User.objects.create_user("ann", is_staff=True)
    without = browser.get(page(ann)).text
    ann.user_permissions.set([permission("view_box"), permission("view_logentry")])

    with_rights = browser.get(page(ann)).text
    browser.post(page(ann), user_form(ann, is_staff="on"))

    assert "Rights beside the groups" not in without
    assert "Rights beside the groups" in with_rights
    assert [row.codename for row in ann.user_permissions.all()] == ["view_logentry"]


def test_a_user_without_rights_of_their_own_keeps_their_groups(browser):
    group = Group.objects.create(name="Balie")
    ann = User.objects.create_user("ann", is_staff=True)

    browser.post(page(ann), user_form(ann, is_staff="on", groups=[group.pk]))

    assert list(ann.groups.all()) == [group]


# -- leaving --


@pytest.fixture
def ann(john, jill) -> User:
    """A member of staff who reads one box, will read another, and has rights by a group."""
    ann = User.objects.create_user("ann", password=PASSWORD, is_staff=True)
    ann.groups.set([Group.objects.create(name="Balie")])
    ann.user_permissions.set([permission("view_box")])
    yesterday, tomorrow = now() - timedelta(days=1), now() + timedelta(days=1)
    Access.objects.create(user=ann, box=john, read=True, since=yesterday)
    Access.objects.create(user=ann, box=jill, read=True, since=tomorrow)
    GroupAccess.objects.create(user=ann, box=john, read=True)
    return ann


def test_before_somebody_leaves_the_page_tells_what_ends(browser, ann, john, jill):
    text = browser.get(page(ann, "leave")).text

    assert "staff status" in text and "Balie" in text
    assert john.title in text and jill.title in text
    ann.refresh_from_db()
    assert ann.is_active and john.allows(ann, "read")


def test_all_that_is_open_to_who_leaves_ends_at_once(browser, ann, john, jill, root):
    theirs = Client()
    theirs.force_login(ann)

    said = browser.post(page(ann, "leave"), follow=True).text

    assert "signs in nowhere any more, and all rights have ended." in said
    ann.refresh_from_db()
    assert not (ann.is_active or ann.roles or ann.groups.exists())
    assert not ann.user_permissions.exists()
    assert not john.allows(ann, "read")
    [ended] = ann.accesses.all()
    assert ended.box == john and ended.has_ended and ended.given_by == root.title
    assert theirs.get("/inbox/").status_code == 302
    assert "End all access" not in browser.get(page(ann)).text


def test_no_link_of_before_gives_who_left_a_password(browser, ann, settings, mailoutbox):
    settings.MAIL_DOMAIN = "example.org"
    User.objects.filter(pk=ann.pk).update(email="ann@example.org")
    browser.post(page(ann, "invite"))
    [link] = re.findall(r"https?://\S+/password/reset/key/\S+", mailoutbox[0].body)

    browser.post(page(ann, "leave"))

    assert "password1" not in Client().get(urlsplit(link).path, follow=True).text
    ann.refresh_from_db()
    assert not ann.has_usable_password()


def test_the_log_tells_who_let_somebody_go_and_which_rights_ended(browser, ann, root):
    browser.post(page(ann, "leave"))

    told = LogEntry.objects.filter(subject=root.subject)
    assert told.get(action="admin leave").detail == "user ann"
    assert "ann: read from" in told.get(action="admin access").detail


def test_nobody_lets_themselves_go(browser, root):
    said = browser.post(page(root, "leave"), follow=True).text

    assert "Your own access is ended by another administrator, not by yourself." in said
    root.refresh_from_db()
    assert root.is_active and root.is_superuser
    assert "End all access" not in browser.get(page(root)).text


def test_staff_let_nobody_go_who_may_do_more(staff_with, root):
    client = staff_with("view_user", "change_user")

    assert client.post(page(root, "leave")).status_code == 403
    assert client.get(page(root, "leave")).status_code == 403
    root.refresh_from_db()
    assert root.is_active
