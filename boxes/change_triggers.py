"""Triggers by which the database itself writes down what happens in a box.

Whoever changes a message, its property, delivery or handling, by whatever statement, leaves a
change behind; nothing in the code has to think of it, and accepting a message costs no Python
for it.
"""

import hashlib
from dataclasses import dataclass

from django.db import connection as default_connection
from django.db import connections
from django.db.models import Model

TABLE = "boxes_change"
COLUMNS = "box_id, at, xact, kind, xuid, direction, status, name, n"
NOW = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')",
    "postgresql": "clock_timestamp()",
}
XACT = {
    "sqlite": "0",
    "postgresql": "pg_current_xact_id()::text::bigint + boxes_change_offset()",
}
# Transactions of one life of a PostgreSQL cluster that numbering skips when it begins another.
LEAP = 1_000_000


@dataclass(frozen=True)
class Watch:
    """What is written when rows of a table move; ``row`` is NEW or OLD."""

    name: str
    table: str
    move: str
    kind: str
    row: str = "NEW"
    when: str = ""

    def statement(self, vendor: str) -> str:
        return _SOURCES[self.table](self.row, self.kind, NOW[vendor], XACT[vendor])


def _of_message(row: str, kind: str, moment: str, xact: str) -> str:
    told = (
        f"INSERT INTO {TABLE} ({COLUMNS}) SELECT {row}.box_id, {moment}, {xact}, {kind}, "
        f"{row}.xuid, {row}.direction, {row}.status, '', NULL"
    )
    return f"{told} WHERE {_not_removed(f'{row}.xuid')}" if row == "OLD" else told


def _of_property(row: str, kind: str, moment: str, xact: str) -> str:
    told = (
        f"INSERT INTO {TABLE} ({COLUMNS}) SELECT m.box_id, {moment}, {xact}, {kind}, m.xuid, "
        f"m.direction, '', {row}.name, NULL FROM boxes_message m WHERE m.id = {row}.message_id"
    )
    return f"{told} AND {_not_removed('m.xuid')}" if row == "OLD" else told


def _of_delivery(row: str, kind: str, moment: str, xact: str) -> str:
    return (
        f"INSERT INTO {TABLE} ({COLUMNS}) SELECT m.box_id, {moment}, {xact}, {kind}, m.xuid, "
        f"m.direction, {row}.status, '', {row}.n FROM boxes_message m "
        f"WHERE m.id = {row}.message_id"
    )


def _of_handling(row: str, kind: str, moment: str, xact: str) -> str:
    state = (
        f"CASE WHEN {row}.handled_at IS NOT NULL THEN 'handled' "
        f"WHEN {row}.holder <> '' THEN 'taken' ELSE 'open' END"
    )
    return (
        f"INSERT INTO {TABLE} ({COLUMNS}) SELECT m.box_id, {moment}, {xact}, {kind}, m.xuid, "
        f"m.direction, {state}, '', NULL FROM boxes_message m WHERE m.id = {row}.message_id"
    )


def _not_removed(xuid: str) -> str:
    """With its message go its properties, and that is one change: the one that is there."""
    return (
        f"NOT EXISTS (SELECT 1 FROM {TABLE} r WHERE r.xuid = {xuid} AND r.kind = 'message.removed')"
    )


_SOURCES = {
    "boxes_message": _of_message,
    "boxes_property": _of_property,
    "boxes_delivery": _of_delivery,
    "boxes_handling": _of_handling,
}
MESSAGE, PROPERTY, DELIVERY, HANDLING = _SOURCES
WATCHES = (
    Watch(
        "arrival",
        MESSAGE,
        "INSERT",
        "CASE NEW.direction WHEN 'IN' THEN 'message.received' ELSE 'message.created' END",
    ),
    Watch(
        "status",
        MESSAGE,
        "UPDATE OF status",
        "'message.status'",
        when="OLD.status <> NEW.status",
    ),
    Watch(
        "misdelivered",
        MESSAGE,
        "UPDATE OF misdelivered_at",
        "'message.misdelivered'",
        when="OLD.misdelivered_at IS NULL AND NEW.misdelivered_at IS NOT NULL",
    ),
    Watch(
        "read",
        MESSAGE,
        "UPDATE OF read_at",
        "'message.read'",
        when="OLD.read_at IS NULL AND NEW.read_at IS NOT NULL",
    ),
    Watch(
        "unread",
        MESSAGE,
        "UPDATE OF read_at",
        "'message.unread'",
        when="OLD.read_at IS NOT NULL AND NEW.read_at IS NULL",
    ),
    Watch("removal", MESSAGE, "DELETE", "'message.removed'", row="OLD"),
    Watch("property_set", PROPERTY, "INSERT", "'property.set'"),
    Watch(
        "property_changed",
        PROPERTY,
        "UPDATE OF value",
        "'property.set'",
        when="OLD.value <> NEW.value",
    ),
    Watch("property_removed", PROPERTY, "DELETE", "'property.removed'", row="OLD"),
    # That an attempt begins is no news: its outcome is.
    Watch(
        "delivery",
        DELIVERY,
        "UPDATE OF status",
        "'delivery.status'",
        when="OLD.status <> NEW.status AND NEW.status <> 'sending'",
    ),
    # A row that says that nobody has the message yet is no news either.
    Watch(
        "handling_begun",
        HANDLING,
        "INSERT",
        "'message.handling'",
        when="NEW.holder <> '' OR NEW.handled_at IS NOT NULL",
    ),
    Watch(
        "handling",
        HANDLING,
        "UPDATE OF holder, handled_at",
        "'message.handling'",
        when="OLD.holder <> NEW.holder OR (OLD.handled_at IS NULL) <> (NEW.handled_at IS NULL)",
    ),
)


def note_removal(instance: Model, **kwargs) -> None:
    """Before a message and all that hangs on it is removed: tell the one change that it is."""
    vendor = default_connection.vendor
    with default_connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} ({COLUMNS}) SELECT m.box_id, {NOW[vendor].replace('%', '%%')}, "
            f"{XACT[vendor]}, 'message.removed', m.xuid, m.direction, m.status, '', NULL "
            "FROM boxes_message m WHERE m.id = %s",
            [instance.pk],
        )


# -- putting them in place --


def install(using: str = "default", **kwargs) -> None:
    """After each migration; does nothing where they are as they should be."""
    connection = connections[using]
    wanted = {TABLE, *_SOURCES}
    if not wanted <= set(connection.introspection.table_names()):
        return
    with connection.cursor() as cursor:
        _INSTALL[connection.vendor](cursor)


def remove(using: str = "default", plan=(), **kwargs) -> None:
    """Before a migration that does something, on SQLite: it makes whole tables anew, and cannot
    where triggers name them. PostgreSQL keeps them, so that nothing is missed while it migrates."""
    connection = connections[using]
    if not plan or connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for watch in WATCHES:
            cursor.execute(f"DROP TRIGGER IF EXISTS {_trigger(watch)}")


def _trigger(watch: Watch) -> str:
    return f"{TABLE}_{watch.name}"


def _on_sqlite(cursor) -> None:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    held = dict(cursor.fetchall())
    for watch in WATCHES:
        name, when = _trigger(watch), f"WHEN {watch.when} " if watch.when else ""
        sql = (
            f"CREATE TRIGGER {name} AFTER {watch.move} ON {watch.table} FOR EACH ROW {when}"
            f"BEGIN {watch.statement('sqlite')}; END"
        )
        if held.get(name) != sql:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(sql)


def _on_postgresql(cursor) -> None:
    statements = [part for watch in WATCHES for part in _postgresql(watch)]
    mark = "triggers " + hashlib.sha256("\n".join(statements).encode()).hexdigest()
    cursor.execute("SELECT to_regproc('boxes_change_offset') IS NULL")
    if cursor.fetchone()[0]:
        _shift(cursor, 0)
    _go_on(cursor)
    cursor.execute(f"SELECT obj_description('{TABLE}'::regclass, 'pg_class')")
    if cursor.fetchone()[0] != mark:
        for statement in statements:
            cursor.execute(statement)
        cursor.execute(f"COMMENT ON TABLE {TABLE} IS '{mark}'")


def _postgresql(watch: Watch) -> tuple[str, str]:
    name, when = _trigger(watch), f"WHEN ({watch.when}) " if watch.when else ""
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {watch.statement('postgresql')}; RETURN NULL; END $$",
        f"CREATE OR REPLACE TRIGGER {name} AFTER {watch.move} ON {watch.table} "
        f"FOR EACH ROW {when}EXECUTE FUNCTION {name}()",
    )


def _go_on(cursor) -> None:
    """Keep the order of changes across a restore: another cluster counts its transactions anew,
    and what it writes must come after what the old one wrote."""
    cursor.execute(
        f"SELECT max(xact), pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM "
        f"(SELECT xact FROM {TABLE} ORDER BY id DESC LIMIT 10000) newest"
    )
    last, ahead = cursor.fetchone()
    cursor.execute("SELECT boxes_change_offset()")
    offset = cursor.fetchone()[0]
    if last is not None and last >= ahead + offset:
        _shift(cursor, last - ahead + LEAP)


def _shift(cursor, offset: int) -> None:
    cursor.execute(
        "CREATE OR REPLACE FUNCTION boxes_change_offset() RETURNS bigint LANGUAGE sql STABLE "
        f"AS 'SELECT {offset:d}::bigint'"
    )


_INSTALL = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}
