"""The log in the admin: to look through, not to touch; who looks stands in it."""

import pytest
from django.urls import reverse

from boxes.models import LogEntry, Message
from tests.boxes.envelopes import envelope_to

LIST = "/admin/boxes/logentry/"


@pytest.fixture
def entries(john, jill, john_key, root) -> dict[str, LogEntry]:
    message = Message.objects.post(john, envelope_to("jill"))
    LogEntry.objects.all().delete()
    record = LogEntry.objects.record
    return {
        "by key": record("list", caller=john_key.key, box=john),
        "by root": record("read", caller=root, message=message),
        "by system": record("receive", box=jill),
    }


def found(browser, term: str) -> set[str]:
    rows = browser.get(LIST, {"q": term}).context["cl"].result_list
    return {row.action for row in rows if not row.action.startswith("admin")}


def test_entries_are_found_by_who_message_and_box(browser, entries, john_key, root):
    message = Message.objects.get()

    assert found(browser, john_key.key.key_id) == {"list"}
    assert found(browser, john_key.key.subject) == {"list"}
    assert found(browser, "root") == {"read"}
    assert found(browser, f"user:{root.pk}") == {"read"}
    assert found(browser, "system") == {"receive"}
    assert found(browser, message.xuid) == {"read"}
    assert found(browser, "john") == {"list", "read"}
    assert found(browser, "jill") == {"receive"}
    assert found(browser, "john root") == {"read"}
    assert found(browser, "nobody") == set()


def test_an_entry_is_not_made_changed_or_deleted(browser, entries):
    entry = entries["by root"]

    def page(name: str) -> str:
        return reverse(f"admin:boxes_logentry_{name}", args=(entry.pk,))

    assert browser.get(page("change")).status_code == 200
    assert browser.get(f"{LIST}add/").status_code == 403
    assert browser.post(page("change"), {"detail": "niets"}).status_code == 403
    assert browser.post(page("delete"), {"post": "yes"}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": [entry.pk]}
    browser.post(LIST, form)
    assert LogEntry.objects.filter(pk=entry.pk, detail="").exists()


def test_looking_through_the_log_is_logged(browser, root):
    browser.get(LIST)

    entry = LogEntry.objects.get()
    assert (entry.action, entry.detail, entry.subject) == ("admin list", "log", f"user:{root.pk}")


def test_a_list_of_entries_asks_as_many_queries_for_many_as_for_few(
    browser, count_queries, django_assert_num_queries
):
    few = count_queries(lambda: browser.get(LIST))
    for _ in range(90):
        LogEntry.objects.record("read", subject="key:abc")

    with django_assert_num_queries(few):
        browser.get(LIST)
