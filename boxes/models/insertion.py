"""INSERT statements for the rows that every message and every request writes.

Django compiles an INSERT anew for each save, which costs several times what the database
does for it; here the statement is composed once for each model. Values pass through the
fields' own conversion unless they are already what the driver takes. Nothing listens to
the signals of these models, and none are sent.
"""

import functools
from collections.abc import Sequence
from typing import Any

from django.db import connection, models

PLAIN = (str, int, bool, bytes, type(None))
# Neither database takes more parameters at once than this, whatever the model.
MOST_PARAMETERS = 30_000


def insert(rows: Sequence[models.Model], on_conflict: str = "") -> None:
    """Write the rows and set their primary keys, in as few statements as the limits allow.

    ``on_conflict`` is the statement's ON CONFLICT clause.
    """
    if not rows:
        return
    fields, head, one = _statement(type(rows[0]))
    step = max(1, MOST_PARAMETERS // len(fields))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        values = ", ".join([one] * len(part))
        parameters = [_value(field, row) for row in part for field in fields]
        with connection.cursor() as cursor:
            cursor.execute(f"{head} {values} {on_conflict} RETURNING id", parameters)
            keys = cursor.fetchall()
        for row, (key,) in zip(part, keys, strict=True):
            row.pk, row._state.adding, row._state.db = key, False, connection.alias


@functools.cache
def _statement(model: type[models.Model]) -> tuple[list[models.Field], str, str]:
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    return (
        fields,
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES",
        f"({', '.join(['%s'] * len(fields))})",
    )


def _value(field: models.Field, row: models.Model) -> Any:
    value = getattr(row, field.attname)
    if type(value) in PLAIN and field.__class__ not in (models.JSONField, models.BinaryField):
        if value is None and getattr(field, "auto_now_add", False):
            value = field.pre_save(row, True)
        else:
            return value
    return field.get_db_prep_save(value, connection)
