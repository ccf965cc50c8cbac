"""Each address of the admin: who gets in, by which method, and what everybody else learns."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core import serializers
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from boxes.models import (
    Access,
    ApiKey,
    Box,
    Brand,
    Delivery,
    Draft,
    GroupRight,
    LogEntry,
    Message,
    Organization,
    User,
)
from tests.boxes.admin.conftest import signed_in
from tests.boxes.envelopes import envelope_to
from transports.models import Account, ApprovedDomain, Heartbeat, Webhook

SECRET = "Uitslag van Fatima"
KINDS = (
    Access,
    ApiKey,
    Box,
    Brand,
    Delivery,
    Draft,
    Group,
    GroupRight,
    Message,
    Organization,
    User,
    Account,
    ApprovedDomain,
    Webhook,
    Authenticator,
    SocialAccount,
)
# Open to each member of the staff, whatever they may do; the way out is open to all.
FRONT = {"index", "app_list", "jsi18n", "password_change", "password_change_done"}
WAYS_OUT = {"login", "logout"}
# By these something is done at once: a link or a picture of another site could ask for it.
ONLY_POST = {
    "boxes_apikey_withdraw",
    "boxes_delivery_move",
    "boxes_logentry_export",
    "boxes_user_invite",
    "transports_account_test",
    "transports_webhook_move",
}
BODY = {"post": "yes", "move": "off", "action": "withdraw_selected", "_selected_action": "1"}
POWERS = {"is_active": "on", "is_staff": "on", "is_superuser": "on", "auditor": "on"}


def routes(patterns: list | None = None) -> Iterator[tuple[str, str]]:
    """Name and route of each address; nothing of the admin can be forgotten here."""
    for one in admin.site.get_urls() if patterns is None else patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns)
        elif isinstance(one, URLPattern) and one.name:
            yield one.name, str(one.pattern)


def names() -> set[str]:
    return {name for name, _route in routes()}


@pytest.fixture
def rows(practice, john, jill, root) -> dict[str, object]:
    """One of each kind, by the name of its addresses."""
    message = Message.objects.post(john, envelope_to("jill", subject=SECRET))
    key, _secret = ApiKey.objects.issue(practice, f"software of {SECRET}")
    group = Group.objects.create(name=SECRET)
    webhook = Webhook(box=john, url="https://hook.example/x")
    webhook.draw_secret()
    webhook.save()
    Heartbeat.beat()
    return {
        "access": Access.objects.create(box=john, key=key, read=True),
        "apikey": key,
        "box": john,
        "brand": Brand.objects.create(box=john, name=SECRET),
        "delivery": message.deliveries.get(),
        "group": group,
        "groupright": GroupRight.objects.create(box=john, group=SECRET, read=True),
        "logentry": LogEntry.objects.record("read", message=message),
        "message": message,
        "organization": practice,
        "user": User.objects.create_user("ann", first_name=SECRET, email="ann@example.org"),
        "account": Account.objects.create(transport="zorgmail", box=john, username=SECRET),
        "approveddomain": ApprovedDomain.objects.create(domain="example.org", reason=SECRET),
        "webhook": webhook,
        "heartbeat": Heartbeat.objects.get(),
        "authenticator": Authenticator.objects.create(user=root, type="totp", data={}),
        "socialaccount": SocialAccount.objects.create(user=root, provider="x", uid=SECRET),
    }


def address_of(name: str, rows: dict[str, object]) -> str:
    route = dict(routes())[name]
    if "<" not in route:
        return reverse(f"admin:{name}")
    if name == "app_list":
        return reverse("admin:app_list", args=("boxes",))
    if name == "view_on_site":
        return reverse("admin:view_on_site", args=(1, 1))
    if name == "auth_user_password_change":
        return reverse(f"admin:{name}", args=(rows["user"].pk,))
    _app, kind, *_rest = name.split("_")
    return reverse(f"admin:{name}", args=(rows[kind].pk,))


def state() -> str:
    """All that stands in the database, but for what only tells of visits."""
    return "".join(serializers.serialize("json", kind.objects.order_by("pk")) for kind in KINDS)


def powers_of(user: User) -> tuple:
    user.refresh_from_db()
    held = (user.is_staff, user.is_superuser, user.auditor, user.accesses.exists())
    return (*held, user.groups.exists(), user.user_permissions.exists())


def strangers() -> dict[str, Client]:
    """Who may not enter, each with all rights that could be mistaken for a way in."""
    clinician = User.objects.create_user("clinician")
    clinician.user_permissions.set(Permission.objects.all())
    auditor_only = User.objects.create_user("auditoronly", auditor=True)
    left = User.objects.create_superuser("left", is_active=False)
    return {
        "nobody": Client(),
        "clinician": signed_in(clinician),
        "auditor who is not staff": signed_in(auditor_only),
        "who left": signed_in(left),
    }


def test_who_is_not_staff_enters_nowhere_and_changes_nothing(rows):
    clients = strangers()
    before = state()

    for name in names() - WAYS_OUT:
        address = address_of(name, rows)
        for who, client in clients.items():
            for answer in (client.get(address), client.post(address, BODY)):
                shut = answer.status_code in (302, 403)
                assert shut and "/admin/login/" in answer.get("Location", "/admin/login/"), who
                assert SECRET not in answer.text, name

    assert state() == before


@pytest.mark.parametrize("auditor", [False, True])
def test_staff_without_rights_learn_and_change_nothing(rows, auditor):
    """An auditor among them sees the log, and that alone."""
    client = signed_in(User.objects.create_user("desk", is_staff=True, auditor=auditor))
    before = state()

    for name in names() - WAYS_OUT - FRONT:
        if auditor and name.startswith("boxes_logentry"):
            continue
        address = address_of(name, rows)
        for answer in (client.get(address), client.post(address, BODY)):
            assert answer.status_code in (403, 404, 405), name
            assert SECRET not in answer.text, name

    assert state() == before


def test_looking_changes_nothing_and_is_kept_by_no_cache(rows, browser):
    """Of a superuser who audits as well, whom another site may send anywhere."""
    User.objects.filter(username="root").update(auditor=True)
    before = state()

    for name in names():
        answer = browser.get(address_of(name, rows))
        assert answer.status_code == 405 if name in ONLY_POST else answer.status_code < 500, name
        assert "no-store" in answer["Cache-Control"], name

    assert state() == before


def test_a_form_of_another_site_is_refused(rows, root):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(root)
    User.objects.filter(pk=root.pk).update(auditor=True)
    before = state()

    for name in names():
        assert strict.post(address_of(name, rows), BODY).status_code in (403, 405), name

    assert state() == before


def test_staff_with_every_right_become_no_more_than_they_are(staff_with, root, john):
    """All that can be given, and no superuser: neither for themselves nor for somebody new."""
    codenames = Permission.objects.values_list("codename", flat=True)
    client = staff_with(*codenames)
    staff, group = User.objects.get(username="staff"), Group.objects.create(name="Balie")
    inline = {"accesses-TOTAL_FORMS": 0, "accesses-INITIAL_FORMS": 0}
    wanted = {**inline, **POWERS, "groups": [group.pk], "user_permissions": [1]}
    before = powers_of(staff)

    client.post(
        reverse("admin:boxes_user_change", args=(staff.pk,)), {"username": "staff"} | wanted
    )
    new = {"username": "new", "usable_password": "false"}
    client.post(reverse("admin:boxes_user_add"), new | wanted)
    client.post(reverse("admin:auth_group_change", args=(group.pk,)), {"permissions": [1]})
    for verb in ("leave", "invite"):
        client.post(reverse(f"admin:boxes_user_{verb}", args=(root.pk,)))

    assert powers_of(staff) == before
    assert not any(powers_of(User.objects.get(username="new")))
    assert not group.permissions.exists()
    root.refresh_from_db()
    assert root.is_superuser and root.is_active


def test_a_list_is_narrowed_by_its_own_filters_alone(rf, root):
    """A condition on a column that no page shows would tell it letter by letter."""
    request = rf.get("/")
    request.user = root

    for model, one in admin.site._registry.items():
        offered = {getattr(item, "parameter_name", item) for item in one.list_filter}
        for name in {field.name for field in model._meta.get_fields()} - offered:
            assert not one.lookup_allowed(f"{name}__startswith", "a", request), (model, name)


def test_what_a_message_says_is_not_found_by_an_address(rows, staff_with):
    Message.objects.update(search_text="uitslag van fatima de hiv-test is positief")
    client = staff_with("view_message")

    for column in ("search_text__contains=hiv", "patient_name__contains=a", "from_name__gt=a"):
        answer = client.get(f"{reverse('admin:boxes_message_changelist')}?{column}")
        assert answer.status_code == 400 and SECRET not in answer.text
