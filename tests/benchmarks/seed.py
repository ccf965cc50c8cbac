"""Fills a fresh database by bulk SQL: `{"box": messages, …}` on standard input.

A negative number is one of sent messages that wait for their delivery to the first box.

Each message has four properties, as in the measurements that the design rests on: *color*
is red for a half and blue for a quarter; *type* is t1 for a fifth, t2 for a seventh, and a
blue message is never t2; about ten messages share a *bsn*; *ward* is one of forty. The
oldest tenth is archived, and of a thousand messages the newest is unread.
"""

import contextlib
import json
import sys
from collections.abc import Iterator

import django

django.setup()  # the models below need it

from django.db import connection, models  # noqa: E402

from boxes.models import (  # noqa: E402
    Access,
    ApiKey,
    Box,
    Content,
    Delivery,
    Message,
    Organization,
    Property,
)
from boxes.models.insertion import insert  # noqa: E402

NUMBERS = {
    "sqlite": "RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %s)",
    "postgresql": "series(n) AS (SELECT generate_series(1, %s))",
}
RANDOM = {
    "sqlite": "hex(randomblob(11))",
    "postgresql": "substr(md5(random()::text || n::text), 1, 22)",
}
# Rows made here need no check of their references and no sync before the next.
HASTE = {
    "sqlite": ("PRAGMA synchronous=OFF", "PRAGMA foreign_keys=OFF"),
    "postgresql": ("SET session_replication_role = replica", "SET synchronous_commit = off"),
}
# What a constraint does not need.
INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
    "AND tbl_name IN ('boxes_message', 'boxes_property')",
    "postgresql": "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
    "WHERE indrelid IN ('boxes_message'::regclass, 'boxes_property'::regclass) "
    "AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)",
}
# What differs between messages, or from the default of its column.
MESSAGE = {
    "box_id": "{box}",
    "xuid": "xuid",
    "thread": "xuid",
    "direction": "'IN'",
    "status": "CASE WHEN n <= {count} / 10 THEN 'ARCHIVED' ELSE 'INBOX' END",
    "subject": "'Uitslag laboratorium ' || n",
    "from_name": "'Laboratorium Noord'",
    "from_address": "'lab'",
    "to": '\'[{{"displayName": "Huisartsenpraktijk De Linde", "address": "desk"}}]\'',
    "headers": '\'{{"X-Carrier": "bench"}}\'',
    "dated_at": "CURRENT_TIMESTAMP",
    "dated_offset": "60",
    "content_type": "'text/plain'",
    "content_id": "{content}",
    "size": "1024",
    "created_at": "CURRENT_TIMESTAMP",
    "read_at": "CASE WHEN n > {count} * 0.999 THEN NULL ELSE CURRENT_TIMESTAMP END",
    "search_text": "'uitslag laboratorium ' || n || ' laboratorium noord lab desk'",
}
PROPERTIES = """
INSERT INTO boxes_property (box_id, message_id, name, value)
SELECT box_id, id, names.column1, CASE names.column1
    WHEN 'color' THEN CASE WHEN {n} % 2 = 0 THEN 'red' WHEN {n} % 4 = 1 THEN 'blue' ELSE 'grey' END
    WHEN 'type' THEN CASE WHEN {n} % 5 = 0 THEN 't1'
        WHEN {n} % 7 = 0 AND {n} % 4 <> 1 THEN 't2' ELSE 't' || (3 + {n} % 60) END
    WHEN 'ward' THEN 'w' || ({n} * 7919 % 40)
    ELSE CAST(100000000 + ({n} * 7919) % {patients} AS varchar) END
FROM boxes_message, (VALUES ('color'), ('type'), ('ward'), ('bsn')) AS names
WHERE box_id = {box} ORDER BY id
"""


def fill(box: Box, count: int, content: Content) -> None:
    """Write the messages of one box with their properties."""
    columns, values, defaults = [], [], []
    for field in Message._meta.local_concrete_fields:
        if field.column in MESSAGE:
            value = MESSAGE[field.column].format(box=box.pk, count=count, content=content.pk)
        elif field.primary_key or field.null:
            continue
        else:
            value = "%s"
            defaults.append(field.get_db_prep_save(field.get_default(), connection))
        columns.append(connection.ops.quote_name(field.column))
        values.append(value)
    last = Message.objects.aggregate(last=models.Max("id"))["last"] or 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO boxes_message ({', '.join(columns)}) "
            f"WITH {NUMBERS[connection.vendor]}, "
            f"named AS (SELECT n, {RANDOM[connection.vendor]} AS xuid FROM series) "
            f"SELECT {', '.join(values)} FROM named ORDER BY n",
            [count, *defaults],
        )
        patients = max(1, count // 10)
        cursor.execute(PROPERTIES.format(n=f"(id - {last})", box=box.pk, patients=patients))


def queue(box: Box, target: Box) -> None:
    """Make the box's messages into ones that wait for their delivery to another box."""
    Property.objects.filter(box=box).delete()
    messages = Message.objects.filter(box=box)
    messages.update(direction="OUT", status="OUTBOX", archived_at=None, read_at=None)
    insert(
        [
            Delivery(message_id=key, n=1, address=target.name, transport="box")
            for key in messages.order_by("pk").values_list("pk", flat=True)
        ]
    )


@contextlib.contextmanager
def without_indexes() -> Iterator[None]:
    """Indexes are sorted into being afterwards, which is several times faster."""
    with connection.cursor() as cursor:
        cursor.execute(INDEXES[connection.vendor])
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
        yield
        for _name, definition in indexes:
            cursor.execute(definition)


def issue(organization: Organization, boxes: list[Box]) -> dict[str, str]:
    key, secret = ApiKey.objects.issue(organization, "benchmark")
    Access.objects.bulk_create(Access(box=box, key=key, manage=True) for box in boxes)
    return {"key": key.key_id, "secret": secret}


def main() -> None:
    plan = json.load(sys.stdin)
    organization = Organization.objects.create(name="Benchmark")
    content = Content.objects.store(b"Hb 7,8 mmol/l\n" * 73)
    boxes = [
        Box.objects.create(name=name, display_name=name.title(), organization=organization)
        for name in plan
    ]
    with connection.cursor() as cursor:
        for statement in HASTE[connection.vendor]:
            cursor.execute(statement)
        with without_indexes():
            for box, count in zip(boxes, plan.values(), strict=True):
                if count:
                    fill(box, abs(count), content)
                if count < 0:
                    queue(box, boxes[0])
        cursor.execute("ANALYZE")
    json.dump(issue(organization, boxes), sys.stdout)


if __name__ == "__main__":
    main()
