"""What happens in a box is written down by the database, once, and told in a lasting order."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.timezone import now

from boxes import change_triggers
from boxes.models import Change, Delivery, Handling, Message, Property
from boxes.models.change import BEGINNING, Position
from tests.boxes.envelopes import envelope_to
from transports.tasks import dispatch, housekeeping

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="Only PostgreSQL has writers at the same time."
)


def told(box, after=BEGINNING):
    return list(Change.objects.told(box, after))


def kinds(box, after=BEGINNING):
    return [change.kind for change in told(box, after)]


def receive(box, **fields):
    return Message.objects.receive(box, envelope_to(box.name, **fields))


# -- what is written --


def test_an_arrival_is_a_change_that_names_the_message(jill):
    message = receive(jill)

    [change] = told(jill)
    assert (change.kind, change.xuid, change.direction) == ("message.received", message.xuid, "IN")
    assert change.status == "INBOX"
    assert abs(change.at - now()) < timedelta(minutes=1)


def test_a_message_between_boxes_is_followed_in_both(john, jill):
    message = Message.objects.post(john, envelope_to("jill"))

    dispatch()

    assert [(item.kind, item.status, item.n) for item in told(john)] == [
        ("message.created", "OUTBOX", None),
        ("delivery.status", "delivered", 1),
        ("message.status", "SENT", None),
    ]
    assert {item.xuid for item in told(john)} == {message.xuid}
    assert kinds(jill) == ["message.received"]


def test_archiving_reading_and_their_opposites_are_changes_once(jill):
    message = receive(jill)
    begin = Change.objects.present(jill)

    message.mark_read()
    message.mark_read()
    message.mark_unread()
    message.mark_unread()
    message.archive()
    message.archive()
    message.unarchive()

    assert [(item.kind, item.status) for item in told(jill, begin)] == [
        ("message.read", "INBOX"),
        ("message.unread", "INBOX"),
        ("message.status", "ARCHIVED"),
        ("message.status", "INBOX"),
    ]


def test_a_bulk_update_forgets_none(jill):
    messages = [receive(jill) for _ in range(3)]
    begin = Change.objects.present(jill)

    Message.objects.in_box(jill).update(status="ARCHIVED", read_at=now())

    found = told(jill, begin)
    assert len(found) == 6
    assert {item.xuid for item in found} == {message.xuid for message in messages}


def test_properties_are_changes_by_name_without_their_value(jill):
    message = receive(jill)
    begin = Change.objects.present(jill)

    Property.objects.put(message, "color", "green")
    Property.objects.put(message, "color", "green")
    Property.objects.put(message, "color", "red")
    Property.objects.filter(message=message).delete()

    assert [(item.kind, item.name) for item in told(jill, begin)] == [
        ("property.set", "color"),
        ("property.set", "color"),
        ("property.removed", "color"),
    ]
    assert {item.xuid for item in told(jill, begin)} == {message.xuid}


def test_replacing_properties_tells_only_what_differs(jill):
    message = receive(jill)
    Property.objects.replace(message, {"stays": "1", "changes": "1", "goes": "1"})
    begin = Change.objects.present(jill)

    Property.objects.replace(message, {"stays": "1", "changes": "2", "comes": "1"})

    assert sorted((item.kind, item.name) for item in told(jill, begin)) == [
        ("property.removed", "goes"),
        ("property.set", "changes"),
        ("property.set", "comes"),
    ]
    assert dict(message.properties.values_list("name", "value")) == {
        "stays": "1",
        "changes": "2",
        "comes": "1",
    }


def test_who_works_on_it_is_a_change_without_a_name(jill):
    message = receive(jill)
    begin = Change.objects.present(jill)

    Handling.objects.take(message, "user:7", "A. Jansen")
    Handling.objects.take(message, "user:7", "A. Jansen")
    Handling.objects.release(message, "user:7")
    Handling.objects.finish(message, "user:8", "B. Smit", "gebeld")
    Handling.objects.filter(message=message).update(note="en geschreven")
    Handling.objects.reopen(message)
    Handling.objects.filter(message=message).delete()
    Handling.objects.create(message=message, holder="user:7", holder_name="A. Jansen")

    found = told(jill, begin)
    assert [item.status for item in found] == ["taken", "open", "taken", "handled", "open", "taken"]
    assert {(item.kind, item.xuid) for item in found} == {("message.handling", message.xuid)}
    assert not any("Jansen" in str(vars(item)) or "gebeld" in str(vars(item)) for item in found)


def test_that_an_attempt_begins_is_no_change_and_its_outcome_is(john):
    Message.objects.post(john, envelope_to("someone@example.org"))
    begin = Change.objects.present(john)
    [delivery] = Delivery.objects.claim_due(Delivery.objects.get().transport, 1, 60)
    delivery.retry("Not now.", 60)
    [delivery] = _due_at_once(delivery).claim_due(delivery.transport, 1, 60)

    delivery.fail("Never.")
    delivery.message.settle()

    assert [(item.kind, item.status) for item in told(john, begin)] == [
        ("delivery.status", "queued"),
        ("delivery.status", "failed"),
        ("message.status", "ERROR"),
    ]


def _due_at_once(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(due_at=now())
    return Delivery.objects.filter(pk=delivery.pk)


def test_a_removal_with_all_that_hangs_on_the_message_is_one_change(jill):
    message = receive(jill)
    Property.objects.replace(message, {"a": "1", "b": "2"})
    begin = Change.objects.present(jill)

    Message.objects.filter(pk=message.pk).delete()

    assert [(item.kind, item.xuid) for item in told(jill, begin)] == [
        ("message.removed", message.xuid)
    ]


def test_a_removal_by_retention_is_one_change_a_message(jill):
    jill.retention_days = 1
    jill.save()
    receive(jill), receive(jill)
    Message.objects.update(created_at=now() - timedelta(days=2))
    begin = Change.objects.present(jill)

    housekeeping()

    assert kinds(jill, begin) == ["message.removed"] * 2


def test_a_removal_that_no_code_of_ours_does_is_a_change_too(jill):
    message = receive(jill)
    begin = Change.objects.present(jill)

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM boxes_message WHERE id = %s", [message.pk])

    assert kinds(jill, begin) == ["message.removed"]


def test_what_was_rolled_back_did_not_happen(jill):
    with transaction.atomic():
        receive(jill)
        transaction.set_rollback(True)

    assert told(jill) == []


def test_a_box_hears_nothing_of_another(john, jill):
    receive(jill)

    assert told(john) == []


# -- the order --


def test_reading_goes_on_after_a_position_and_repeats_itself(jill):
    messages = [receive(jill) for _ in range(4)]

    first = told(jill)[1]

    assert [item.xuid for item in told(jill, first.position)] == [
        messages[2].xuid,
        messages[3].xuid,
    ]
    assert told(jill) == told(jill)
    assert told(jill, Change.objects.present(jill)) == []


@on_postgresql
def test_a_transaction_that_commits_late_never_appears_behind_a_reader(jill):
    early, late = receive(jill), receive(jill)
    begin = Change.objects.present(jill)
    other = connection.get_new_connection(connection.get_connection_params())

    other.execute("UPDATE boxes_message SET read_at = now() WHERE id = %s", [late.pk])
    early.mark_read()
    held_back = told(jill, begin)
    other.commit()
    other.close()

    assert held_back == []
    assert [item.xuid for item in told(jill, begin)] == [late.xuid, early.xuid]


@on_postgresql
def test_one_that_wrote_late_and_began_early_is_told_first_to_everyone(jill):
    """Its rows have the higher numbers; still nobody was told the others before."""
    early, late = receive(jill), receive(jill)
    begin = Change.objects.present(jill)
    other = connection.get_new_connection(connection.get_connection_params())

    other.execute("SELECT pg_current_xact_id()")
    early.mark_read()
    held_back = told(jill, begin)
    other.execute("UPDATE boxes_message SET read_at = now() WHERE id = %s", [late.pk])
    other.commit()
    other.close()

    assert held_back == []
    found = told(jill, begin)
    assert [item.xuid for item in found] == [late.xuid, early.xuid]
    assert found[0].pk > found[1].pk


@on_postgresql
def test_after_a_restore_in_another_cluster_the_order_goes_on(jill):
    """Another cluster counts its transactions anew: here, the rows come from a later one."""
    receive(jill)
    Change.objects.update(xact=10**12)
    seen = Position(10**12, Change.objects.get().pk)

    call_command("migrate", verbosity=0)
    message = receive(jill)

    assert [item.xuid for item in told(jill, seen)] == [message.xuid]
    assert len(told(jill)) == 2
    _forget_the_leap()


def _forget_the_leap():
    with connection.cursor() as cursor:
        change_triggers._shift(cursor, 0)


# -- how long --


def _age(changes, days):
    changes.update(at=now() - timedelta(days=days))


def test_what_is_past_its_days_is_removed_but_for_the_newest_of_a_box(jill, john):
    for _ in range(3):
        receive(jill)
    _age(Change.objects, 91)
    receive(jill), receive(john)

    housekeeping()

    assert len(told(jill)) == 2
    assert len(told(john)) == 1


def test_who_asks_from_before_what_is_kept_is_known_to_have_lost_something(jill):
    for _ in range(4):
        receive(jill)
    first, _second, third, _fourth = told(jill)
    _age(Change.objects.filter(pk__lte=third.pk), 91)

    housekeeping()

    assert Change.objects.lost(jill, BEGINNING)
    assert Change.objects.lost(jill, first.position)
    assert not Change.objects.lost(jill, third.position)
    assert [item.pk for item in told(jill, Change.objects.beginning(jill))] == [_fourth.pk]


def test_who_heard_more_than_the_backup_that_was_put_back_is_known_to_have_lost_something(jill):
    receive(jill), receive(jill)
    heard = Change.objects.present(jill)

    Change.objects.filter(pk=heard.id).delete()

    assert Change.objects.lost(jill, heard)
    assert not Change.objects.lost(jill, Change.objects.present(jill))


def test_who_heard_all_of_a_quiet_box_has_lost_nothing_after_a_year(jill):
    receive(jill)
    seen = Change.objects.present(jill)
    _age(Change.objects, 365)

    housekeeping()

    assert not Change.objects.lost(jill, seen)


# -- the triggers --


def test_migrating_again_puts_back_what_was_lost_and_doubles_nothing(jill):
    with connection.cursor() as cursor:
        on = " ON boxes_message" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER boxes_change_arrival{on}")
        if connection.vendor == "postgresql":
            cursor.execute("COMMENT ON TABLE boxes_change IS NULL")

    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0)
    receive(jill)

    assert kinds(jill) == ["message.received"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Only SQLite makes tables anew.")
def test_a_migration_that_makes_a_table_anew_finds_no_triggers_and_leaves_them(jill):
    change_triggers.remove(plan=[("boxes", "a migration")])
    with connection.schema_editor() as editor:
        editor._remake_table(Message)

    change_triggers.install()
    receive(jill)

    assert kinds(jill) == ["message.received"]
