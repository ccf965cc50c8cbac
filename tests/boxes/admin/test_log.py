"""The log in the admin: for auditors only, to search and export, not to touch."""

import csv
import importlib
import io
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now

from boxes import log_export, log_search
from boxes.log_search import LogSearch, first_since
from boxes.models import Box, LogEntry, LogSeal, Message, Property, User
from boxes.summary import Summary, patient_hash
from tests.boxes.admin.conftest import signed_in
from tests.boxes.envelopes import envelope_to

LIST, EXPORT = "/admin/boxes/logentry/", "/admin/boxes/logentry/export/"
BSN, OTHER = "999990044", "999990019"


@pytest.fixture
def auditor(db):
    """The browser of somebody who may do nothing else."""
    user = User.objects.create_user("fg", last_name="de Waard", is_staff=True, auditor=True)
    return signed_in(user)


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


def searched(browser, **asked):
    return browser.post(LIST, asked, follow=True)


def found(browser, **asked) -> list[str]:
    shown = searched(browser, **asked).context["entries"]
    return [entry.action for entry in shown if not entry.action.startswith("admin")]


# -- who may ---------------------------------------------------------------------------


def test_a_superuser_is_no_auditor_by_that(browser, entries, root):
    answer = browser.get(LIST)

    assert answer.status_code == 403
    assert "Only an auditor may search the log." in answer.text
    assert browser.post(EXPORT, {"s": "x"}).status_code == 403
    assert browser.get(f"{LIST}{entries['by root'].pk}/change/").status_code == 403
    assert LIST not in browser.get("/admin/").text
    message = Message.objects.get(direction="OUT")
    assert LIST not in browser.get(f"/admin/boxes/message/{message.pk}/change/").text
    refusal = LogEntry.objects.get(outcome="not_auditor", subject=root.subject)
    assert refusal.action == "refuse"


def test_an_auditor_without_further_rights_finds_the_log_and_nothing_else(auditor, john):
    assert LIST in auditor.get("/admin/").text
    assert auditor.get(LIST).status_code == 200
    assert auditor.get("/admin/boxes/message/").status_code == 403


def test_an_auditor_who_is_no_longer_active_is_out(auditor):
    User.objects.update(is_active=False)

    assert auditor.get(LIST).status_code == 302


def test_who_was_given_the_log_by_name_is_auditor_after_the_migration(db, root):
    permission = Permission.objects.get(codename="view_logentry", content_type__app_label="boxes")
    group = Group.objects.create(name="toezicht")
    group.permissions.add(permission)
    people = {
        name: User.objects.create_user(name, is_staff=name != "pas")
        for name in ("fg", "lid", "pas")
    }
    people["fg"].user_permissions.add(permission)
    people["pas"].user_permissions.add(permission)
    people["lid"].groups.add(group)

    migration = importlib.import_module("boxes.migrations.0014_auditor")
    migration.readers_of_the_log(apps, None)

    auditors = User.objects.filter(auditor=True).values_list("username", flat=True)
    assert set(auditors) == {"fg", "lid"}


# -- searching -------------------------------------------------------------------------


def test_entries_are_found_by_who_message_and_box(auditor, entries, john_key, root):
    message = Message.objects.get(direction="OUT")

    assert found(auditor, person=john_key.key.key_id) == ["list"]
    assert found(auditor, person=john_key.key.subject) == ["list"]
    assert found(auditor, person="ROOT") == ["read"]
    assert found(auditor, person=root.subject) == ["read"]
    assert found(auditor, person="system") == ["receive"]
    assert found(auditor, xuid=message.xuid) == ["read"]
    assert found(auditor, box="john") == ["read", "list"]
    assert found(auditor, box="john", person="root") == ["read"]
    assert found(auditor, person="nobody") == []
    assert [
        entry.action
        for entry in auditor.get(LIST, {"message": message.xuid}).context["entries"]
        if not entry.action.startswith("admin")
    ] == ["read"]


def test_a_person_is_found_by_name_also_behind_software(auditor, john_key, john):
    User.objects.create_user("ann", first_name="Ann", last_name="de Groot")
    record = LogEntry.objects.record
    record("open", caller=User.objects.get(username="ann"), box=john)
    record("view", caller=john_key.key, on_behalf={"id": "ag1", "name": "Ann de Groot"}, box=john)
    record("view", caller=john_key.key, on_behalf={"name": "Bert"}, box=john)

    assert found(auditor, person="bert") == ["view"]
    assert found(auditor, person="de groot") == ["view", "open"]
    assert found(auditor, person="Ann de Groot") == ["view", "open"]
    assert found(auditor, person="ag1") == ["view"]
    assert "Ann de Groot" in searched(auditor, person="ag1").text


def test_a_period_holds_its_days_and_no_others(auditor, john, root):
    for days in (40, 5, 0):
        LogEntry(
            subject="system", action=f"d{days}", box_name="john", at=now() - timedelta(days=days)
        ).save(force_insert=True)
    day = localdate() - timedelta(days=5)

    assert found(auditor, box="john", since=day, until=day) == ["d5"]
    assert found(auditor, box="john", since=day) == ["d0", "d5"]
    assert found(auditor, box="john", until=day) == ["d5", "d40"]
    assert found(auditor, box="john") == ["d0", "d5", "d40"]


@pytest.fixture
def patients(john, jill, root) -> dict[str, Message]:
    """Two messages about one patient, one labelled with the number, one about another."""
    about = {"one": BSN, "two": BSN, "labelled": "", "other": OTHER}
    messages = {}
    for name, bsn in about.items():
        message = Message.objects.receive(jill if name == "two" else john, envelope_to("john"))
        if bsn:
            Message.objects.know(message, Summary(identity="one", bsn=bsn))
        messages[name] = Message.objects.select_related("box").get(pk=message.pk)
    Property.objects.create(message=messages["labelled"], box=john, name="bsn", value=BSN)
    LogEntry.objects.all().delete()
    return messages


def test_the_log_tells_who_saw_anything_about_a_patient(auditor, patients, john, jill, root):
    record = LogEntry.objects.record
    one, two, labelled, other = patients.values()
    LogEntry(subject="system", action="receive", xuid=one.xuid, box_name="john").save()
    record("open", caller=root, message=one)
    record("view", caller=root, message=two)
    record("print", caller=root, message=labelled)
    record("list", caller=root, box=john, xuids=[other.xuid, one.xuid])
    record("changes", caller=root, box=jill, xuids=[two.xuid])
    record("admin list", caller=root, xuids=[two.xuid, other.xuid])
    record("search", caller=root, box=john, patient=patient_hash(BSN))
    record("open", caller=root, message=other)
    record("list", caller=root, box=john, xuids=[other.xuid])

    shown = searched(auditor, bsn="9999 900.44").context["entries"]

    actions = [entry.action for entry in shown if not entry.action.endswith("log")]
    assert actions == [
        "search",
        "admin list",
        "changes",
        "list",
        "print",
        "view",
        "open",
        "receive",
    ]
    assert found(auditor, bsn=BSN, person="nobody") == []


def test_what_was_seen_of_a_message_stays_found_when_it_is_removed(auditor, patients, john, root):
    one = patients["one"]
    LogEntry.objects.record("list", caller=root, box=john, xuids=[one.xuid])
    LogEntry.objects.record("open", caller=root, message=one)
    Message.objects.filter(pk=one.pk).delete()

    assert found(auditor, bsn=BSN) == ["open", "list"]


def test_a_number_of_a_patient_stands_in_no_address_and_no_log(auditor, patients):
    answer = auditor.post(LIST, {"bsn": BSN})
    auditor.get(answer["Location"])

    assert BSN not in answer["Location"]
    entry = LogEntry.objects.get(action="admin search log")
    assert entry.patient == patient_hash(BSN)
    assert entry.detail == "a patient: 0 shown"
    stored = [str(value) for entry in LogEntry.objects.values_list() for value in entry]
    assert not any(BSN in value for value in stored)
    assert BSN not in str(dict(auditor.session))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"bsn": "12"}, "A BSN has nine digits."),
        ({"person": "9999 900.44"}, "This is a BSN: enter it under"),
        ({"box": BSN}, "This is a BSN: enter it under"),
        ({"xuid": "kort"}, "An identifier of a message has 22 letters and digits."),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "The period ends before it begins."),
    ],
)
def test_what_cannot_be_asked_is_said_and_finds_nothing(auditor, entries, asked, sentence):
    answer = auditor.post(LIST, asked)

    assert sentence in answer.text
    assert "entries" not in answer.context


def test_a_search_that_is_no_longer_known_shows_nothing(auditor, entries):
    answer = auditor.get(LIST, {"s": "verlopen"})

    assert "This search is no longer known." in answer.text
    assert "entries" not in answer.context


def test_each_search_stands_in_the_log_with_what_was_asked_and_found(auditor, entries):
    searched(auditor, box="john", person="root")

    entry = LogEntry.objects.get(action="admin search log")
    root = User.objects.get(username="root")
    assert entry.detail == f"person {root.subject}, root, box john: 1 shown"
    assert entry.subject_name == "de Waard"


def test_older_entries_are_leafed_to_and_each_is_found_once(auditor, monkeypatch):
    """The log is read in pieces; here they are small."""
    monkeypatch.setattr(log_search, "PIECE", 7)
    for number in range(230):
        LogEntry.objects.record("read", subject="key:abc", detail=str(number))

    page, seen = searched(auditor, person="key:abc"), []
    while True:
        seen += [int(entry.detail) for entry in page.context["entries"]]
        if not page.context["older"]:
            break
        page = auditor.get(f"{LIST}{page.context['older']}")

    assert seen == list(range(229, -1, -1))
    in_order = [int(entry.detail) for entry in LogSearch(person="key:abc").entries()]
    assert in_order == list(range(230))


def test_the_first_entry_of_a_moment_is_found_by_halving(db):
    begin = now() - timedelta(days=50)
    numbers = []
    for day in range(50):
        entry = LogEntry(subject="system", action="read", at=begin + timedelta(days=day))
        entry.save(force_insert=True)
        numbers.append(entry.pk)

    assert first_since(begin - timedelta(days=9)) <= numbers[0]
    assert first_since(begin + timedelta(days=20)) == numbers[20]
    assert first_since(begin + timedelta(days=20, hours=1)) == numbers[21]
    assert first_since(now() + timedelta(days=9)) == numbers[-1] + 1


def test_each_condition_is_read_by_an_index_of_its_own(john, patients, root):
    for box in range(40):
        Box.objects.create(name=f"box{box}")
    LogEntry.objects.record_many(
        LogEntry(
            subject=f"key:{n % 50}",
            action="read",
            box_name="john",
            xuid=f"m{n}",
            patient=str(n % 90) if n % 3 else "",
            on_behalf={"name": "Ann"} if not n % 50 else None,
        )
        for n in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    log = LogEntry.objects.order_by()
    for rows, index in (
        (log.filter(~Q(patient=""), patient="7"), "log_by_patient"),
        (log.filter(~Q(xuid=""), xuid__in=["m1", "m2"]), "log_by_message"),
        (log.filter(subject="key:7", pk__gte=9).order_by("pk"), "log_by_subject"),
        (log.filter(on_behalf__isnull=False, pk__gte=9).order_by("pk"), "log_on_behalf"),
    ):
        assert index in rows.explain(), rows.explain()


def test_a_page_of_entries_asks_as_many_queries_for_many_as_for_few(
    auditor, count_queries, django_assert_num_queries
):
    few = count_queries(lambda: searched(auditor, person="key:abc"))
    for _ in range(90):
        LogEntry.objects.record("read", subject="key:abc", xuids=["x"])

    with django_assert_num_queries(few + 1):  # the entries themselves
        searched(auditor, person="key:abc")


# -- exporting -------------------------------------------------------------------------


def exported(browser, **asked) -> tuple[list[str], list[dict[str, str]]]:
    kept = searched(browser, **asked).context["kept"]
    answer = browser.post(EXPORT, {"s": kept})
    assert answer.streaming and "attachment" in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text[1:]), delimiter=";"))
    return text[1:].split("\r\n"), rows


def test_an_export_holds_all_that_was_found_in_the_order_of_the_log(
    auditor, entries, settings, monkeypatch
):
    settings.LOG_SEAL_AFTER = 0
    LogSeal.objects.seal()
    monkeypatch.setattr(log_search, "PIECE", 2)

    _lines, rows = exported(auditor, box="john")

    assert [row["action"] for row in rows] == ["list", "read"]
    assert rows[1]["who"].startswith("user:") and rows[1]["name"] == "root"
    assert {row["seal"] for row in rows} == {LogSeal.objects.get().digest}
    begun, ended = LogEntry.objects.filter(action="admin export log").order_by("id")
    assert begun.detail.startswith("box john") and begun.detail.endswith(": begun")
    assert ended.detail.endswith(": whole, 2 entries")


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        *((detail, f"'{detail}") for detail in ("=1+1", "@SUM(A1)", "+31", "-1", "\t1")),
        # where a spreadsheet takes the comma or the tab for the end of a cell
        ("from x,=1+1", "from x,'=1+1"),
        ('from "x"\t@SUM(A1), -1', 'from "x"\t\'@SUM(A1), -1'),
        ('from x,"=1+1,y', "from x,'\"=1+1,y"),
        ("＝HYPERLINK(1)", "'＝HYPERLINK(1)"),  # of full width, as some take them too
    ],
)
def test_no_cell_of_an_export_is_a_formula(auditor, john, detail, shown):
    LogEntry.objects.record("read", subject="key:abc", detail=detail)

    _lines, [row] = exported(auditor, person="key:abc")

    assert row["detail"] == shown


def test_a_text_with_separators_stays_one_cell(auditor):
    LogEntry.objects.record("read", subject="key:abc", detail='a;b "c"\r\nd')

    _lines, [row] = exported(auditor, person="key:abc")

    assert row["detail"] == 'a;b "c"\r\nd'


def test_an_export_that_is_broken_off_is_told_with_how_much_went(auditor, monkeypatch):
    monkeypatch.setattr(log_export.parcels, "__defaults__", (2,))
    for _ in range(9):
        LogEntry.objects.record("read", subject="key:abc")
    kept = searched(auditor, person="key:abc").context["kept"]

    answer = auditor.post(EXPORT, {"s": kept})
    lines = iter(answer.streaming_content)
    for _ in range(2):
        next(lines)
    answer._iterator.close()  # as a server does whose client hung up

    last = LogEntry.objects.filter(action="admin export log").latest("id")
    assert last.detail.endswith("broken off after 3 entries")


# -- entries ---------------------------------------------------------------------------


def test_the_details_are_told_in_dutch_and_kept_as_they_are_stored(auditor, john, root):
    """On the list, on the page of one entry and in the export."""
    kept = "ann: read, send from 2026-07-05 08:00 UTC"
    told = "ann: lezen, versturen vanaf 5 juli 2026 10:00"
    entry = LogEntry.objects.record("admin access", caller=root, box=john, detail=kept)
    auditor.defaults["HTTP_ACCEPT_LANGUAGE"] = "nl"

    assert told in searched(auditor, box="john").text
    assert f"{told} ({kept})" in auditor.get(f"{LIST}{entry.pk}/change/").text
    lines, _rows = exported(auditor, box="john")
    headings, [row] = lines[0].split(";"), csv.reader(lines[1:2], delimiter=";")
    assert row[headings.index("bijzonderheden")] == kept
    assert row[headings.index("bijzonderheid in woorden")] == told


def test_the_page_of_an_entry_says_in_words_who_did_what_and_to_the_second(auditor, john, root):
    person = {"id": "ag1", "name": "Ann de Groot"}
    record = LogEntry.objects.record
    entry = record("list", caller=root, box=john, xuids=["a", "b"], on_behalf=person)
    auditor.defaults["HTTP_ACCEPT_LANGUAGE"] = "nl"

    text = auditor.get(f"{LIST}{entry.pk}/change/").text

    assert "<h2>root: getoond in een lijst</h2>" in text and f"{entry}" not in text
    assert f"{localtime(entry.at):%H:%M:%S}" in text
    assert ">Ann de Groot<" in text and ">a b<" in text
    assert "Geschiedenis" not in text


def test_the_log_writes_the_period_of_a_search_in_one_zone(auditor, entries):
    exported(auditor, box="john", since=localdate())

    begun = LogEntry.objects.filter(action="admin export log").earliest("id")
    assert f"until {localtime(begun.at):%Y-%m-%d %H:}" in begun.detail
    assert f"since {localdate()} 00:00" in begun.detail


def test_an_entry_is_not_made_changed_or_deleted(auditor, entries):
    entry = entries["by root"]

    def page(name: str) -> str:
        return reverse(f"admin:boxes_logentry_{name}", args=(entry.pk,))

    assert "fetched by software" not in auditor.get(page("change")).text
    assert auditor.get(f"{LIST}add/").status_code == 403
    assert auditor.post(page("change"), {"detail": "niets"}).status_code == 403
    assert auditor.post(page("delete"), {"post": "yes"}).status_code == 403
    assert LogEntry.objects.filter(pk=entry.pk, detail="").exists()
    looked = LogEntry.objects.filter(action="admin search log", detail=f"entry {entry.pk}")
    assert looked.count() == 1
