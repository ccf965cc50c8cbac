"""The log is append-only, and a chain of seals proves it."""

import pytest
from django.db import DatabaseError, connection, transaction

from boxes import append_only
from boxes.envelope import Address, Envelope
from boxes.models import LogEntry, LogSeal, Message
from boxes.models.log import verify_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed_log(settings):
    settings.LOG_SEAL_AFTER = 0
    for number in range(5):
        LogEntry.objects.record("read", subject="key:abc", detail=f"é {number}", xuids=["a"])
    LogSeal.objects.seal()
    LogEntry.objects.record("list", subject="user:1", on_behalf={"name": "Ann"})
    LogSeal.objects.seal()


def without_guard(statement: str) -> None:
    """Change the table as somebody would who owns the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER IF EXISTS boxes_logentry_no_update")
            cursor.execute("DROP TRIGGER IF EXISTS boxes_logentry_no_delete")
        else:
            cursor.execute("DROP TRIGGER IF EXISTS boxes_logentry_append_only ON boxes_logentry")
        cursor.execute(statement)


def test_an_untouched_log_verifies(sealed_log):
    head, faults = verify_chain()

    assert faults == []
    assert head == LogSeal.objects.order_by("-id").first().digest


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE boxes_logentry SET detail = 'nothing happened' WHERE action = 'read'",
        "DELETE FROM boxes_logentry WHERE action = 'list'",
        "UPDATE boxes_logseal SET digest = 'f' WHERE id = (SELECT min(id) FROM boxes_logseal)",
    ],
)
def test_a_changed_log_is_found_out(sealed_log, statement):
    if "logseal" in statement:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("DROP TRIGGER boxes_logseal_no_update")
            else:
                cursor.execute("DROP TRIGGER IF EXISTS boxes_logseal_append_only ON boxes_logseal")
            cursor.execute(statement)
    else:
        without_guard(statement)

    assert verify_chain()[1]


@pytest.mark.parametrize("table", append_only.TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_remove(sealed_log, table, statement):
    append_only.install()

    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.parametrize("table", append_only.TABLES)
def test_the_database_refuses_to_empty_the_log(sealed_log, table):
    """SQLite knows no TRUNCATE; to it DELETE is the same."""
    append_only.install()
    statement = "TRUNCATE {}" if connection.vendor == "postgresql" else "DELETE FROM {}"

    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.parametrize(
    ("table", "clash"),
    [(table, column) for table, columns in append_only.TABLES.items() for column in columns],
)
def test_the_database_refuses_to_put_another_row_in_the_place_of_one(sealed_log, table, clash):
    append_only.install()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id LIMIT 1")
        columns = [column[0] for column in cursor.description]
        before = cursor.fetchone()
    # The same row again with all that is unique made new, but for one column.
    values = [
        str(before[place] if column == clash else before[place] + 1_000_000)
        if column in append_only.TABLES[table]
        else column
        for place, column in enumerate(columns)
    ]
    names = ", ".join(f'"{column}"' for column in columns)
    source = f"SELECT {', '.join(values)} FROM {table} WHERE id = {before[0]}"
    statement = {
        "sqlite": f"INSERT OR REPLACE INTO {table} ({names}) {source}",
        "postgresql": f"INSERT INTO {table} ({names}) {source} "
        f"ON CONFLICT ({clash}) DO UPDATE SET id = EXCLUDED.id",
    }[connection.vendor]

    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert verify_chain()[1] == []


def test_an_entry_with_a_number_that_nobody_has_is_still_added(sealed_log):
    append_only.install()
    count = LogEntry.objects.count()

    LogEntry.objects.record("read", subject="key:abc")

    assert LogEntry.objects.count() == count + 1


def test_young_entries_are_not_sealed_yet(settings):
    settings.LOG_SEAL_AFTER = 3600
    LogEntry.objects.record("read", subject="key:abc")

    assert LogSeal.objects.seal() == 0


def test_the_log_of_a_message_is_found_by_its_indexes(john, jill):
    message = Message.objects.receive(john, Envelope((Address("john"),), "text/plain", b"x"))
    LogEntry.objects.record_many(
        LogEntry(
            subject="key:abc",
            action="list" if number % 2 else "read",
            box_name="jill",
            xuid="" if number % 2 else f"other-{number}",
            xuids=["some", "others"] if number % 2 else None,
        )
        for number in range(3000)
    )
    LogEntry.objects.record("list", box=john, xuids=["another", message.xuid])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE boxes_logentry")

    about, showing = LogEntry.objects.about(message), LogEntry.objects.showing(message)

    assert [entry.action for entry in about] == ["deliver"]
    assert [entry.action for entry in showing] == ["list"]
    for entries, index in ((about, "log_by_message"), (showing, "log_of_lists")):
        plan = entries.order_by("-id")[:1000].explain()
        assert index in plan
        assert "SCAN boxes_logentry" not in plan and "Seq Scan" not in plan
