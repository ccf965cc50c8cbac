"""A plain connection with the pragmas of the service, for the floor."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pysqlite3

PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-16000;"
    "PRAGMA temp_store=MEMORY;PRAGMA journal_size_limit=67108864;PRAGMA foreign_keys=ON;"
)


class Database:
    """Statements are written with ``?``; SQLite and PostgreSQL differ in little else."""

    def __init__(self, url: str, file: Path) -> None:
        self.is_sqlite = not url
        if self.is_sqlite:
            self._link = pysqlite3.connect(file, timeout=20, isolation_level=None)
            self._link.executescript(PRAGMAS)
            self._begin = "BEGIN IMMEDIATE"
        else:
            self._link = psycopg.connect(url, autocommit=True)
            self._begin = "BEGIN"
        self._inserts: dict[tuple, str] = {}

    def quoted(self, name: str) -> str:
        return f'"{name}"'

    def read(self, statement: str, values: tuple) -> list[tuple]:
        return self._run(statement, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._link.execute(self._begin)
        try:
            yield
        except BaseException:
            self._link.execute("ROLLBACK")
            raise
        self._link.execute("COMMIT")

    def insert(self, table: str, **values: Any) -> int:
        """Returns the new key. Columns that may not be empty and are not given are filled."""
        if self.is_sqlite:
            values = {name: _as_text(value) for name, value in values.items()}
        key = (table, *values)
        if key not in self._inserts:
            self._inserts[key] = self._composed(table, tuple(values))
        return self._run(self._inserts[key], tuple(values.values())).fetchone()[0]

    def _composed(self, table: str, given: tuple[str, ...]) -> str:
        filled = {name: value for name, value in self._blanks(table).items() if name not in given}
        columns = ", ".join(self.quoted(name) for name in (*given, *filled))
        values = ", ".join((*("?" * len(given)), *filled.values()))
        return f"INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING id"

    def _blanks(self, table: str) -> dict[str, str]:
        """What stands for nothing in each column that demands a value."""
        if self.is_sqlite:
            rows = self.read(
                'SELECT name, type FROM pragma_table_info(?) WHERE "notnull"', (table,)
            )
        else:
            rows = self.read(
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_name = ? AND is_nullable = 'NO'",
                (table,),
            )
        return {name: _blank(kind) for name, kind in rows if name != "id"}

    def _run(self, statement: str, values: tuple):
        return self._link.execute(_spelled(statement, self.is_sqlite), values)


@functools.cache
def _spelled(statement: str, for_sqlite: bool) -> str:
    return statement if for_sqlite else statement.replace("?", "%s")


def _blank(kind: str) -> str:
    if "int" in kind:
        return "0"
    if "bool" in kind:
        return "false"
    return "'[]'" if "json" in kind else "''"


def _as_text(value: Any) -> Any:
    return value.isoformat(" ") if hasattr(value, "isoformat") else value
