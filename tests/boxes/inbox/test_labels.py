"""Labels: set, changed in place and removed, with names and values offered."""

import threading

import pytest
from django.db import connection, transaction

from boxes.models import LogEntry, Message, Misdelivery, Property
from tests.boxes.envelopes import envelope_to
from tests.boxes.inbox.test_working import BULK

VRIES = {"identity": "one", "patient_name": "Vries, A. de", "birth_date": "1950-02-03"}
BAKKER = {"identity": "one", "patient_name": "Bakker, B.", "birth_date": "1960-05-06"}


def post(browser, message, **fields):
    return browser.post(f"/inbox/john/message/{message.xuid}/label", fields, follow=True)


def offered(browser, name: str, about=None) -> list[str]:
    asked = {"name": name, **({"about": about.xuid} if about else {})}
    return browser.get("/inbox/john/values", asked).json()["values"]


def shown(browser, message) -> str:
    return browser.get(f"/inbox/john/inbox/{message.xuid}").text


@pytest.fixture
def labelled(received):
    """``labelled("zorgpad", "COPD", **VRIES)``: a message that carries this label."""

    def make(name: str, value: str, **known) -> Message:
        message = received(**known)
        Property.objects.put(message, name, value)
        return message

    return make


# -- changed in place --


def test_a_label_is_changed_in_place_and_that_can_be_undone(anna, labelled):
    message = labelled("zorgpad", "COPD")
    assert "Change the label zorgpad" in shown(anna, message)

    page = post(anna, message, name="zorgpad", value="Diabetes", was="COPD")

    assert Property.objects.get().value == "Diabetes"
    assert "The label zorgpad is now “Diabetes”; it was “COPD”." in page.text
    assert 'name="value" value="COPD"><button' in page.text  # of Undo
    assert LogEntry.objects.get(action="property").detail == "zorgpad"


def test_what_somebody_removed_meanwhile_is_said_and_what_was_typed_stays(anna, labelled):
    message = labelled("zorgpad", "COPD")
    Property.objects.all().delete()

    page = post(anna, message, name="zorgpad", value="Diabetes", was="COPD")

    assert "Somebody removed the label zorgpad meanwhile." in page.text
    assert not Property.objects.exists()
    assert '<details class="ib-add" open>' in page.text and 'value="Diabetes"' in page.text
    assert 'value="Diabetes"' not in shown(anna, message)  # given back once


def test_what_somebody_changed_meanwhile_is_not_overwritten(anna, labelled):
    message = labelled("zorgpad", "Astma")

    page = post(anna, message, name="zorgpad", value="Diabetes", was="COPD")
    removed = post(anna, message, name="zorgpad", was="COPD", remove="1")

    assert "Somebody changed the label zorgpad meanwhile, to “Astma”." in page.text
    assert '<details class="ib-edit" open>' in page.text and 'value="Diabetes"' in page.text
    assert "Somebody changed the label zorgpad meanwhile" in removed.text
    assert Property.objects.get().value == "Astma"


def test_more_labels_than_a_message_can_have_are_refused(anna, labelled, settings):
    settings.MAX_PROPERTIES = 1
    message = labelled("zorgpad", "COPD")

    page = post(anna, message, name="afdeling", value="kraam")

    assert "at most 1 labels" in page.text and 'value="kraam"' in page.text
    assert Property.objects.count() == 1


def test_after_a_label_one_is_back_in_the_list_that_one_came_from(anna, received):
    message = received()
    here = f"/inbox/john/inbox/{message.xuid}?q=uitslag"

    for wanted, answered in ((here, here), ("https://evil.example/", here.partition("?")[0])):
        answer = anna.post(
            f"/inbox/john/message/{message.xuid}/label",
            {"name": "afdeling", "value": "kraam", "next": wanted},
        )
        assert answer["Location"] == answered


# -- offered --


def test_values_are_offered_by_name_the_most_used_first(anna, labelled):
    for value in ("COPD", "Diabetes", "Diabetes", "COPD", "Diabetes", "ooit"):
        labelled("zorgpad", value)
    labelled("afdeling", "kraam")
    message = labelled("afdeling", "kraam")

    assert offered(anna, "zorgpad") == ["Diabetes", "COPD"]
    page = shown(anna, message)  # without script
    assert '<option value="zorgpad">' in page
    assert '<option value="Diabetes" label="zorgpad: Diabetes">' in page
    assert offered(anna, "onbekend") == offered(anna, "\0") == []


@pytest.mark.parametrize("name", ["bsn", "patientnummer", "Patiënt", "cliënt", "dossier", "naam"])
def test_what_says_who_it_is_about_is_never_offered_from_another_patient(anna, labelled, name):
    for known in (VRIES, BAKKER, VRIES, BAKKER, {}):
        labelled(name, "12", **known)
    message = labelled("zorgpad", "COPD", **VRIES)

    assert offered(anna, name, message) == []
    assert 'value="12"' not in shown(anna, message)


@pytest.mark.parametrize("value", ["999990019", "4711", "3-2-1950", "Vries", "Mw. A. de Vries"])
def test_nor_is_what_looks_like_a_number_or_a_name_under_any_name(anna, labelled, value):
    for known in (VRIES, BAKKER):
        labelled("kenmerk", value, **{**known, "patient_name": "Mw. A. de Vries"})

    assert offered(anna, "kenmerk") == []


def test_a_word_that_hangs_on_one_patients_messages_alone_is_not_offered(anna, labelled):
    for _time in range(3):
        labelled("kenmerk", "geheim", **VRIES)

    assert offered(anna, "kenmerk") == []


def test_the_same_patients_number_is_offered_where_all_messages_agree(anna, labelled):
    mine, other = {**VRIES, "bsn": "999990019"}, {**BAKKER, "bsn": "999990032"}
    labelled("patientnummer", "4711", **mine)
    labelled("patientnummer", "4711", **mine)
    labelled("patientnummer", "12", **other)
    message = labelled("zorgpad", "COPD", **mine)

    assert offered(anna, "patientnummer", message) == ["4711"]
    assert offered(anna, "patientnummer") == []
    labelled("patientnummer", "4712", **mine)  # one of them is wrong
    assert offered(anna, "patientnummer", message) == []


@pytest.mark.parametrize("filler", ["000000000", "123456789"])
def test_what_merely_fills_the_field_of_a_number_offers_nobodys_labels(anna, labelled, filler):
    labelled("patientnummer", "4711", **BAKKER, bsn=filler)
    message = labelled("zorgpad", "COPD", **VRIES, bsn=filler)

    assert offered(anna, "patientnummer", message) == []
    assert 'value="4711"' not in shown(anna, message)


def test_nothing_of_another_mailbox_is_offered(anna, jill):
    for n in range(2):
        message = Message.objects.receive(jill, envelope_to("jill", content=b"%d" % n))
        Property.objects.put(message, "zorgpad", "COPD")

    assert offered(anna, "zorgpad") == offered(anna, "zorgpad", message) == []
    assert anna.get("/inbox/jill/values", {"name": "zorgpad"}).status_code == 404


def test_offering_costs_as_much_in_a_full_mailbox(anna, john, received, django_assert_num_queries):
    message = received()
    copies = [Message(**{**fields_of(message), "xuid": f"x{n:021}"}) for n in range(1500)]
    Message.objects.bulk_create(copies)
    Property.objects.bulk_create(
        Property(box=john, message=one, name=name, value=value)
        for n, one in enumerate(Message.objects.filter(box=john))
        for name, value in (
            ("zorgpad", f"pad {n % 7}"),
            ("kenmerk", f"k{n}"),
            (f"los {n % 90}", "x"),
        )
    )

    with django_assert_num_queries(1):
        assert len(Property.objects.names_in(john)) == 92
    with django_assert_num_queries(1):
        assert len(Property.objects.newest_uses(john, "zorgpad")) == 300
    uses = Property.objects.filter(box=john, name="zorgpad").order_by("-message_id")[:300]
    assert "property_newest" in uses.explain() or connection.vendor == "postgresql"


def fields_of(message) -> dict:
    return {
        field.attname: getattr(message, field.attname)
        for field in Message._meta.concrete_fields
        if field.attname not in ("id", "xuid")
    }


def test_a_label_bsn_takes_no_number_with_a_wrong_check_digit(anna, received):
    message = received()

    page = post(anna, message, name="BSN", value="999990018")

    assert "999990018 is no BSN: its check digit is wrong." in page.text
    assert 'value="999990018"' in page.text and not Property.objects.exists()
    chosen = {"move": "label", "name": "bsn", "value": "12", "xuid": message.xuid}
    assert "12 is no BSN" in anna.post(BULK, chosen, follow=True).text
    assert "000000000 is no BSN" in post(anna, message, name="bsn", value="000000000").text


@pytest.mark.parametrize("bulk", [False, True])
def test_a_label_bsn_is_found_by_its_number_however_it_was_typed(anna, received, bulk):
    message = received("Fax")
    fields = {"name": "bsn", "value": "9999.90 019"}
    if bulk:
        anna.post(BULK, {**fields, "move": "label", "xuid": message.xuid})
    else:
        post(anna, message, **fields)

    found = anna.post("/inbox/john/inbox", {"bsn": "999990019"}, follow=True)

    assert [row.subject for row in found.context["rows"]] == ["Fax"]


# -- and what goes elsewhere at the same moment --


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("bulk", [False, True])
def test_a_label_that_is_set_while_the_message_is_passed_on_stays_on_no_stub(
    anna, bert, received, jill, bulk
):
    message = received()
    started, answers = threading.Event(), []

    def set_label():
        started.set()
        fields = {"name": "bsn", "value": "999990032"}
        if bulk:
            fields |= {"move": "label", "xuid": message.xuid}
        path = BULK if bulk else f"/inbox/john/message/{message.xuid}/label"
        try:
            answers.append(bert.post(path, fields))
        finally:
            connection.close()

    worker = threading.Thread(target=set_label)
    with transaction.atomic():
        facts = {"subject": anna.user.subject, "name": "Anna", "reason": "andere praktijk"}
        Misdelivery.objects.move(message, jill, **facts)
        worker.start()
        started.wait(10)
        worker.join(0.5)  # it waits for this transaction, or has not come so far
    worker.join(30)

    assert not worker.is_alive() and answers[0].status_code == 302
    assert not Property.objects.exists()
    told = bert.get("/inbox/john/archive").text
    assert "Anna moved it to the box Jill Jackson (jill)" in told
