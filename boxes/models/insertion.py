"""INSERT statements for the rows that every message and every request writes.

Django compiles an INSERT anew for each save, which costs several times what the database
does for it; here the statement is composed once for each model. Values pass through the
fields' own conversion unless they are already what the driver takes. Nothing listens to
the signals of these models, and none are sent.
"""

import functools
import operator
from collections.abc import Callable, Sequence

from django.db import connection, models

PLAIN = frozenset((str, int, bool, bytes, type(None)))
CONVERTED = (models.JSONField, models.BinaryField)
# Neither database takes more parameters at once than this, whatever the model.
MOST_PARAMETERS = 30_000


def insert(rows: Sequence[models.Model], on_conflict: str = "") -> None:
    """Write the rows and set their primary keys, in as few statements as the limits allow.

    ``on_conflict`` is the statement's ON CONFLICT clause.
    """
    if not rows:
        return
    head, one, values_of = _statement(type(rows[0]))
    step = max(1, MOST_PARAMETERS // one.count("%"))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        values = ", ".join([one] * len(part))
        parameters = [value for row in part for value in values_of(row)]
        with connection.cursor() as cursor:
            cursor.execute(f"{head} {values} {on_conflict} RETURNING id", parameters)
            keys = cursor.fetchall()
        for row, (key,) in zip(part, keys, strict=True):
            row.pk, row._state.adding, row._state.db = key, False, connection.alias


@functools.cache
def _statement(model: type[models.Model]) -> tuple[str, str, Callable[[models.Model], list]]:
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES",
        f"({', '.join(['%s'] * len(fields))})",
        _reader(fields),
    )


def _reader(fields: list[models.Field]) -> Callable[[models.Model], list]:
    """What gives a row's values for the driver, in the order of the fields."""
    read = operator.attrgetter(*(field.attname for field in fields))
    converted = [isinstance(field, CONVERTED) for field in fields]

    def values_of(row: models.Model) -> list:
        return [
            field.get_db_prep_save(value, connection)
            if conversion or type(value) not in PLAIN
            else value
            for value, field, conversion in zip(read(row), fields, converted, strict=True)
        ]

    return values_of
