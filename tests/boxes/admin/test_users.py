"""Users in the admin: who may make whom, and what stands in the log of it."""

import re
from urllib.parse import urlsplit

from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from boxes.models import Access, LogEntry, User

ADD = "/admin/boxes/user/add/"
PASSWORD = "Vier-losse-woorden-9"


def page(user: User, name: str = "change") -> str:
    return reverse(f"admin:boxes_user_{name}", args=(user.pk,))


def user_form(user: User, **fields) -> dict:
    inline = {"accesses-TOTAL_FORMS": 0, "accesses-INITIAL_FORMS": 0}
    return {"username": user.username, "is_active": "on", **inline, **fields}


def test_a_user_is_made_in_an_organization(browser, practice):
    form = {
        "username": "ann",
        "organization": practice.pk,
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "accesses-TOTAL_FORMS": 0,
        "accesses-INITIAL_FORMS": 0,
    }

    browser.post(ADD, form)

    ann = User.objects.get(username="ann")
    assert ann.organization == practice and ann.check_password(PASSWORD)
    assert not (ann.is_staff or ann.is_superuser)


def test_a_user_and_their_rights_are_made_on_one_page(browser, practice, john):
    form = {
        "username": "ann",
        "first_name": "Ann",
        "usable_password": "false",
        "accesses-TOTAL_FORMS": 1,
        "accesses-INITIAL_FORMS": 0,
        "accesses-0-box": john.pk,
        "accesses-0-read": "on",
    }

    browser.post(ADD, form)

    ann = User.objects.get(username="ann")
    assert ann.first_name == "Ann" and not ann.has_usable_password()
    assert john.allows(ann, "read") and not john.allows(ann, "send")


INVITED = {
    "username": "ann",
    "email": "ann@example.org",
    "usable_password": "invite",
    "accesses-TOTAL_FORMS": 0,
    "accesses-INITIAL_FORMS": 0,
}


def test_who_is_invited_chooses_a_password_by_a_link_that_opens_once(
    browser, settings, mailoutbox, django_capture_on_commit_callbacks
):
    settings.MAIL_DOMAIN = "example.org"

    with django_capture_on_commit_callbacks(execute=True):
        browser.post(ADD, INVITED)
    [mail] = mailoutbox
    [link] = re.findall(r"https?://\S+/password/reset/key/\S+", mail.body)
    person = Client()
    chosen = person.get(urlsplit(link).path, follow=True).redirect_chain[-1][0]
    person.post(chosen, {"password1": PASSWORD, "password2": PASSWORD})

    assert mail.to == ["ann@example.org"] and "User name: ann" in mail.body
    ann = User.objects.get(username="ann")
    assert ann.check_password(PASSWORD)
    again = Client().get(urlsplit(link).path, follow=True)
    assert "password1" not in again.text
    entry = LogEntry.objects.get(action="admin invite")
    assert entry.detail == "user ann" and link not in str(list(LogEntry.objects.values()))


def test_whoever_was_invited_and_chose_none_has_no_password_and_the_page_says_so(
    browser, settings, mailoutbox, django_capture_on_commit_callbacks
):
    settings.MAIL_DOMAIN = "example.org"
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(ADD, INVITED)
    ann = User.objects.get(username="ann")
    before = browser.get(page(ann, "change")).text

    assert browser.post(page(ann, "invite"), follow=True).status_code == 200
    link = urlsplit(re.findall(r"https?://\S+/password/reset/key/\S+", mailoutbox[-1].body)[0])
    person = Client()
    chosen = person.get(link.path, follow=True).redirect_chain[-1][0]
    first = person.get(chosen).text
    person.post(chosen, {"password1": PASSWORD, "password2": PASSWORD})
    after = browser.get(page(ann, "change")).text

    assert "Choose your password" in first and "Choose another" not in first
    assert "None is chosen yet" in before and "A password is set." not in before
    assert "None is chosen yet" not in after and "A password is set." in after
    assert len(mailoutbox) == 2


def test_an_invitation_needs_an_address_and_mail(browser, settings, mailoutbox):
    without_mail = browser.post(ADD, INVITED).text
    settings.MAIL_DOMAIN = "example.org"
    without_address = browser.post(ADD, {**INVITED, "email": ""}).text

    assert "invite is not one of the available choices" in without_mail
    assert "Give the address that the link is mailed to." in without_address
    assert not User.objects.filter(username="ann").exists() and mailoutbox == []


def test_a_mail_that_cannot_be_sent_is_said_and_can_be_sent_again(browser, settings, mailoutbox):
    settings.MAIL_DOMAIN = "example.org"
    ann = User.objects.create_user("ann", email="ann@example.org", password=PASSWORD)
    working, broken = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = broken, "127.0.0.1", 9
    said = browser.post(page(ann, "invite"), follow=True).text
    settings.EMAIL_BACKEND = working

    again = browser.post(page(ann, "invite"), follow=True).text

    assert "The mail to ann@example.org could not be sent" in said
    assert "Mail a link to choose a password" in said
    assert "A link to choose a password was mailed to ann@example.org." in again
    assert len(mailoutbox) == 1
    assert LogEntry.objects.filter(action="admin invite").count() == 1


def test_staff_mail_no_link_to_who_may_do_more(staff_with, root, settings, mailoutbox):
    settings.MAIL_DOMAIN = "example.org"
    User.objects.filter(pk=root.pk).update(email="root@example.org")

    answer = staff_with("view_user", "change_user").post(page(root, "invite"))

    assert answer.status_code == 403 and mailoutbox == []


def test_a_superuser_makes_another(browser, django_user_model):
    ann = User.objects.create_user("ann")

    browser.post(page(ann), user_form(ann, is_staff="on", is_superuser="on"))

    ann.refresh_from_db()
    assert ann.is_superuser and ann.is_staff
    assert "Superuser status" in LogEntry.objects.get(action="admin change").detail


def test_staff_give_nobody_powers(staff_with):
    client = staff_with("view_user", "change_user")
    me = User.objects.get(username="staff")

    client.post(page(me), user_form(me, is_staff="on", is_superuser="on", first_name="Ann"))

    me.refresh_from_db()
    assert me.first_name == "Ann"
    assert not me.is_superuser


def test_a_superuser_makes_an_auditor_and_the_log_tells(browser):
    ann = User.objects.create_user("ann")

    refusal = browser.post(page(ann), user_form(ann, auditor="on")).text
    browser.post(page(ann), user_form(ann, auditor="on", is_staff="on"))

    assert "The log is searched in the admin: give staff status too." in refusal
    ann.refresh_from_db()
    assert ann.auditor
    assert "Auditor" in LogEntry.objects.get(action="admin change").detail


def test_staff_make_no_auditor_and_set_no_password_of_one(staff_with):
    client = staff_with("view_user", "change_user")
    me = User.objects.get(username="staff")
    auditor = User.objects.create_user("fg", is_staff=True, auditor=True)

    client.post(page(me), user_form(me, auditor="on", first_name="Ann"))
    answer = client.post(page(auditor), user_form(auditor, first_name="Ann"))

    me.refresh_from_db()
    assert me.first_name == "Ann" and not me.auditor
    assert answer.status_code == 403


def test_staff_change_no_superuser_nor_the_password_of_one(staff_with, root):
    client = staff_with("view_user", "change_user", "delete_user")
    reset = reverse("admin:auth_user_password_change", args=(root.pk,))
    form = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    assert client.post(page(root), user_form(root, first_name="Ann")).status_code == 403
    assert client.post(reset, form).status_code == 403
    assert client.post(page(root, "delete"), {"post": "yes"}).status_code == 403

    root.refresh_from_db()
    assert not root.check_password(PASSWORD)


def test_another_password_is_set_and_logged_without_it(browser):
    ann = User.objects.create_user("ann")
    form = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    browser.post(reverse("admin:auth_user_password_change", args=(ann.pk,)), form)

    ann.refresh_from_db()
    entry = LogEntry.objects.get(action="admin change")
    assert ann.check_password(PASSWORD)
    assert "ann" in entry.detail and PASSWORD not in entry.detail


def test_changing_ones_own_password_is_logged(browser, root):
    form = {"old_password": "een-lang-wachtwoord", "new_password1": PASSWORD}

    browser.post("/admin/password_change/", {**form, "new_password2": PASSWORD})

    root.refresh_from_db()
    assert root.check_password(PASSWORD)
    assert LogEntry.objects.get().detail == "own password"


def test_a_refused_password_changes_and_logs_nothing(browser, root):
    form = {"old_password": "fout", "new_password1": PASSWORD, "new_password2": PASSWORD}

    browser.post("/admin/password_change/", form)

    assert not LogEntry.objects.exists()


def test_a_user_who_stands_in_the_log_is_kept(browser):
    ann = User.objects.create_user("ann")
    LogEntry.objects.record("read", caller=ann)

    response = browser.post(page(ann, "delete"), {"post": "yes"}, follow=True)

    assert "This user stands in the log and is kept." in response.text
    assert User.objects.filter(username="ann").exists()


def test_a_user_who_did_nothing_can_go(browser):
    ann = User.objects.create_user("ann")

    browser.post(page(ann, "delete"), {"post": "yes"})

    assert not User.objects.filter(username="ann").exists()


def test_groups_are_changed_in_the_log_too(browser):
    browser.post("/admin/auth/group/add/", {"name": "Beheer"})

    assert Group.objects.exists()
    assert LogEntry.objects.get().detail.startswith("group Beheer")


def test_a_list_of_users_asks_as_many_queries_for_many_as_for_few(
    browser, practice, count_queries, django_assert_num_queries
):
    few = count_queries(lambda: browser.get("/admin/boxes/user/"))
    for n in range(30):
        User.objects.create_user(f"user{n}", organization=practice)

    with django_assert_num_queries(few):
        browser.get("/admin/boxes/user/")


def test_staff_set_no_password_of_who_opens_boxes_that_they_may_not_give(staff_with, john):
    client = staff_with("view_user", "change_user")
    doctor = User.objects.create_user("doctor", is_staff=True)
    Access.objects.create(box=john, user=doctor, read=True)
    reset = reverse("admin:auth_user_password_change", args=(doctor.pk,))
    form = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    assert client.post(reset, form).status_code == 403
    assert client.post(page(doctor), user_form(doctor, first_name="Ann")).status_code == 403


def test_staff_set_no_password_of_who_may_do_more(staff_with):
    client = staff_with("view_user", "change_user")
    other = User.objects.create_user("other", is_staff=True)
    other.user_permissions.set(Permission.objects.filter(codename="view_logentry"))
    reset = reverse("admin:auth_user_password_change", args=(other.pk,))
    form = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    assert client.post(reset, form).status_code == 403


def test_nor_of_who_may_do_more_and_is_not_active_now(staff_with):
    """Django grants such a user nothing, and whoever sets a password makes active too."""
    client = staff_with("view_user", "change_user")
    away = User.objects.create_user("away", is_staff=True, is_active=False)
    away.groups.set([Group.objects.create(name="Beheer")])
    away.groups.get().permissions.set(Permission.objects.filter(codename="add_access"))
    reset = reverse("admin:auth_user_password_change", args=(away.pk,))
    form = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    assert client.post(reset, form).status_code == 403
    assert client.post(page(away), user_form(away)).status_code == 403
    assert not User.objects.get(pk=away.pk).has_usable_password()


def test_staff_give_no_group_more_powers(staff_with):
    client = staff_with("view_group", "add_group", "change_group", "delete_group")
    group = Group.objects.create(name="assistenten")
    address = reverse("admin:auth_group_change", args=(group.pk,))

    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "assistenten"}).status_code == 403
    assert client.post(reverse("admin:auth_group_add"), {"name": "x"}).status_code == 403
