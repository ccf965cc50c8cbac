"""Whom one can write to, and by which road, before anything is sent."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from boxes.envelope import Address
from boxes.inbox.forms import read_people
from boxes.models import Box, Correspondent, Draft, Message, Organization
from tests.boxes.envelopes import envelope_to
from tests.boxes.inbox.test_writing import begun, send
from transports.tasks import count_correspondents, housekeeping

PEOPLE = "/inbox/john/people"


@pytest.fixture(autouse=True)
def mail_is_on(settings):
    settings.MAIL_DOMAIN = "mail.example"


def found(browser, words: str) -> list[dict]:
    return browser.get(PEOPLE, {"q": words}).json()["people"]


def came(john, address: str, name: str = "", **long: float) -> Message:
    message = Message.objects.receive(john, envelope_to("john", sender=Address(address, name)))
    made = now() - timedelta(**(long or {"hours": 1}))
    Message.objects.filter(pk=message.pk).update(created_at=made)
    return message


def test_a_box_that_chose_to_be_listed_is_found_by_name_and_organization(anna, practice):
    other = Organization.objects.create(name="Streekziekenhuis Duinrand")
    Box.objects.create(name="lab", display_name="Klinisch lab", organization=other, listed=True)
    Box.objects.create(name="hidden", display_name="Lab verborgen", organization=other)
    Box.objects.create(name="closed", organization=other, listed=True, state="closed")

    [lab] = found(anna, "duinrand")

    assert lab["shown"] == "Klinisch lab · Streekziekenhuis Duinrand · lab"
    assert (lab["road"], lab["safe"], lab["sentence"]) == ("MessageBox", True, "")
    assert found(anna, "verborgen") == []


def test_each_earlier_correspondent_counts_once_a_message_and_not_only_the_newest(anna, john):
    for _n in range(3):
        came(john, "cesar@example.org", "César Ruiz")
    sent = Message.objects.post(john, envelope_to("cesar@example.org", "jan@example.org"))
    Message.objects.filter(pk=sent.pk).update(created_at=now() - timedelta(hours=1))
    Message.objects.receive(john, envelope_to("john", sender=Address("cesar@example.org")))
    count_correspondents()
    count_correspondents()

    [cesar] = found(anna, "cesar ruiz")
    numbers = dict(Correspondent.objects.values_list("address", "number"))

    assert cesar["line"] == "César Ruiz <cesar@example.org>" and not cesar["safe"]
    assert numbers == {"cesar@example.org": 4, "jan@example.org": 1}  # the last is too young yet
    Message.objects.update(created_at=now() - timedelta(hours=1))
    count_correspondents()
    assert Correspondent.objects.get(address="cesar@example.org").number == 5


def test_a_box_goes_by_its_own_name_whatever_its_messages_call_it(anna, john, jill):
    """Else its next message would make it the laboratory that everybody writes to."""
    for address in ("jill", "Jill@mail.example"):
        came(john, address, "Klinisch laboratorium")
    count_correspondents()

    shown = {one["shown"] for one in found(anna, "laboratorium")}

    assert shown == {"Jill Jackson · jill", "Jill Jackson · Jill@mail.example"}
    assert "Klinisch laboratorium" not in anna.get(begun(anna)).text


def test_correspondents_are_remembered_no_longer_than_messages(john):
    Box.objects.filter(pk=john.pk).update(retention_days=30)
    came(john, "long@example.org", days=40)
    came(john, "lately@example.org", days=3)
    count_correspondents()

    housekeeping()

    assert Correspondent.objects.get().address == "lately@example.org"


def test_whom_no_message_can_reach_comes_last(anna, john):
    came(john, "weg", "Weggehaalde bus")
    came(john, "bus@example.org", "Bus")
    came(john, "weg")
    count_correspondents()

    assert [person["address"] for person in found(anna, "bus")] == ["bus@example.org", "weg"]


def test_another_box_knows_its_own_correspondents_only(anna, person, john, jill):
    came(jill, "secret@example.org", "Secret")
    came(john, "open@example.org", "Open")
    count_correspondents()

    assert found(anna, "secret") == [] and len(found(anna, "open")) == 1
    assert found(person("dora", "send"), "open") == []  # who may not read


def test_finding_looks_at_a_handful_of_rows_in_a_large_box(
    anna, john, django_assert_max_num_queries
):
    Correspondent.objects.bulk_create(
        Correspondent(
            box=john,
            address=f"a{n}@example.org",
            search_text=f"a{n}@example.org",
            number=n,
            last_at=now(),
        )
        for n in range(2000)
    )

    with django_assert_max_num_queries(60):
        people = found(anna, "example")

    assert [person["number"] for person in people] == list(range(1999, 1991, -1))


def test_without_script_a_recipient_is_chosen_from_a_list(anna, practice):
    Box.objects.create(name="lab", display_name="Klinisch lab", listed=True, organization=practice)
    draft = begun(anna)
    assert '<option value="Klinisch lab &lt;lab&gt;">' in anna.get(draft).text

    page = anna.post(
        draft, {"do": "add", "to": "jill", "add": "Klinisch lab <lab>", "text": "x"}, follow=True
    )

    assert ">jill, Klinisch lab &lt;lab&gt;</textarea>" in page.text


# -- an unsafe road --

UNSAFE = {"to": "jill, a@example.org", "text": "x"}


def test_an_unsafe_road_is_taken_only_by_who_says_to_know_it(anna, jill):
    draft = begun(anna)

    page = send(anna, draft, **UNSAFE)
    assert page.status_code == 400 and "Tick that you know" in page.text
    assert 'name="aware" value="a@example.org">' in page.text
    assert 'value="jill">' not in page.text
    assert not Message.objects.exists()

    send(anna, draft, **UNSAFE, aware=["a@example.org"])

    assert Message.objects.get().deliveries.count() == 2


def test_what_was_said_of_one_address_does_not_hold_for_another(anna, jill):
    page = send(anna, begun(anna), to="b@example.org", text="x", aware=["a@example.org"])

    assert page.status_code == 400 and not Message.objects.exists()


def test_a_road_that_policy_refuses_is_not_taken_whatever_one_says(anna, jill, settings):
    settings.APPROVE_EVERY_DOMAIN = False

    page = send(anna, begun(anna), **UNSAFE, aware=["a@example.org"])

    assert "is not approved" in page.text and 'name="aware"' not in page.text
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("address", "name", "recipients"),
    [
        ("jill", "spy\x85Laboratorium", ["jill"]),
        ("jill", "spy\u2028Laboratorium", ["jill"]),
        ("jill", "Laboratorium\nspy", ["jill"]),
        ("jill", "Jansen, spy; <spy>", ["jill"]),
        ("jill", "\u202eLaboratorium\u2066", ["jill"]),
        ("jill\x85spy", "", []),
        ("jill\u202espy", "", []),
        ("jill;spy", "Laboratorium", []),
        ("jill,spy", "", []),
    ],
)
def test_a_name_of_a_sender_adds_nobody_to_a_reply(anna, john, address, name, recipients):
    message = came(john, address, name)

    anna.post("/inbox/john/write", {"about": message.xuid, "as": "reply"})

    text = Draft.objects.get().to
    assert [one.address for one in read_people(text)] == recipients
    assert "\u202e" not in text  # which would turn the addresses after it


# -- many recipients --


def test_each_of_many_recipients_by_an_unsafe_road_gets_its_tick(anna):
    people = [f"a{n}@example.org" for n in range(200)]
    typed = {"to": ", ".join(people[:60]), "cc": ", ".join(people[60:]), "text": "x"}
    draft = begun(anna)

    told = anna.post("/inbox/john/roads", typed).json()["roads"]
    page = send(anna, draft, **typed)

    assert [road["address"] for road in told] == people
    assert all(f'name="aware" value="{address}"' in page.text for address in people)
    send(anna, draft, **typed, aware=people)
    assert Message.objects.get().deliveries.count() == 200


def test_more_recipients_than_can_be_told_of_are_refused_in_a_sentence(anna, settings):
    settings.MAX_RECIPIENTS = 3
    typed = {"to": "a, b, c", "cc": "d", "text": "x"}
    draft = begun(anna)

    told = anna.post("/inbox/john/roads", typed).json()
    page = send(anna, draft, **typed)

    sentence = "These are 4 recipients; from here a message goes to at most 3. Send it in parts."
    assert told == {"error": sentence}
    assert page.status_code == 400 and sentence in page.text
    assert not Message.objects.exists()


def test_without_script_the_saved_recipients_show_their_roads(anna, jill):
    draft = begun(anna)

    anna.post(draft, {"do": "save", "to": "jill, a@example.org", "cc": "weg"})
    roads = anna.get(draft).text.partition('id="roads"')[2].partition("</ul>")[0]

    assert "<bdi>jill</bdi>: ✓ MessageBox, safe" in roads
    assert "<bdi>a@example.org</bdi>: ⚠ e-mail, not made for care" in roads
    assert "✗ There is no box “weg” here" in roads
