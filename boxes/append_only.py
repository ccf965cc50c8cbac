"""Triggers by which the database itself refuses to change or remove what was logged."""

from django.db import connections

TABLES = ("boxes_logentry", "boxes_logseal")


def install(using: str = "default", **kwargs) -> None:
    """After each migration: remaking a table on SQLite loses its triggers."""
    connection = connections[using]
    present = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in TABLES:
            if table in present:
                for statement in _STATEMENTS[connection.vendor](table):
                    cursor.execute(statement)


def _sqlite(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{move} BEFORE {move.upper()} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        for move in ("update", "delete")
    ]


def _postgresql(table: str) -> list[str]:
    return [
        "CREATE OR REPLACE FUNCTION boxes_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$",
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION boxes_append_only()",
    ]


_STATEMENTS = {"sqlite": _sqlite, "postgresql": _postgresql}
