"""Triggers by which the database itself refuses to change or remove what was logged."""

from django.db import connections

# With the columns in which no two rows may be the same.
TABLES = {"boxes_logentry": ("id",), "boxes_logseal": ("id", "first_id", "last_id")}


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
    refusal = "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    taken = " OR ".join(f"{column} = NEW.{column}" for column in TABLES[table])
    return [
        *(
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{move} BEFORE {move.upper()} ON {table} "
            f"{refusal}"
            for move in ("update", "delete")
        ),
        # INSERT OR REPLACE removes the row in its way without asking the trigger on DELETE.
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) {refusal}",
    ]


def _postgresql(table: str) -> list[str]:
    return [
        "CREATE OR REPLACE FUNCTION boxes_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$",
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION boxes_append_only()",
        f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION boxes_append_only()",
    ]


_STATEMENTS = {"sqlite": _sqlite, "postgresql": _postgresql}
