"""Queries that every request asks, composed once and asked again with other values.

Django composes the SQL of a query anew each time, which costs several times what the
database does for it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet

M = TypeVar("M", bound=Model)


class given(Expression):
    """Takes the place of a value that comes with each call, under this name."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=Field())
        self.name = name

    def as_sql(self, compiler, connection) -> tuple[str, Any]:
        return "%s", [self]


class Prepared(Generic[M]):
    """A query made by ``build`` with ``given(name)`` for what differs from call to call."""

    def __init__(self, build: Callable[[], QuerySet]) -> None:
        self.build = build

    def first(self, **values: Any) -> M | None:
        """The first row as an instance of its model."""
        rows = self.rows(**values)
        return self._instance(rows[0]) if rows else None

    def all(self, **values: Any) -> list[M]:
        """The rows as instances of their model."""
        return [self._instance(row) for row in self.rows(**values)]

    def rows(self, **values: Any) -> list[tuple]:
        """All rows, as the driver gives them."""
        sql, params = self._compiler.statement
        with connection.cursor() as cursor:
            cursor.execute(
                sql, [values[item.name] if isinstance(item, given) else item for item in params]
            )
            return cursor.fetchall()

    @cached_property
    def _compiler(self):
        compiler = self.build().query.get_compiler(connection=connection)
        compiler.statement = compiler.as_sql()
        return compiler

    @cached_property
    def _shape(self) -> tuple[type[M], list[str], dict[str, int], list]:
        """The model, its columns in their order, annotations, and conversions by place."""
        compiler = self._compiler
        columns = [
            compiler.select[at][0].target.attname for at in compiler.klass_info["select_fields"]
        ]
        converters = compiler.get_converters(part[0] for part in compiler.select)
        return (
            compiler.klass_info["model"],
            columns,
            compiler.annotation_col_map or {},
            [
                (at, convert, expression)
                for at, (conversions, expression) in converters.items()
                for convert in conversions
            ],
        )

    def _instance(self, row: tuple) -> M:
        model, columns, annotations, conversions = self._shape
        values = list(row)
        for at, convert, expression in conversions:
            values[at] = convert(values[at], expression, connection)
        instance = model.from_db(connection.alias, columns, values[: len(columns)])
        for name, at in annotations.items():
            setattr(instance, name, values[at])
        return instance
