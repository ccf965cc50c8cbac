"""To whom an answer goes, to one and to all: never to more people than the message itself names."""

import pytest

from boxes.envelope import Address, Attachment
from boxes.inbox.forms import read_people
from boxes.models import Box, Draft, LogEntry, Message
from tests.boxes.envelopes import envelope_to
from tests.boxes.inbox.test_writing import send
from transports.models import Account

WRITE = "/inbox/john/write"
BUTTON = 'name="as" value="all"'


@pytest.fixture(autouse=True)
def mail_is_on(settings):
    settings.MAIL_DOMAIN = "mail.example"


@pytest.fixture
def came(john):
    def came(*to: str, sender: Address, cc: tuple[str, ...] = ()) -> Message:
        copies = tuple(Address(one) for one in cc)
        return Message.objects.receive(john, envelope_to(*to, sender=sender, cc=copies))

    return came


def answered(browser, message: Message, manner: str = "all") -> tuple[list[str], list[str]]:
    browser.post(WRITE, {"about": message.xuid, "as": manner})
    held = Draft.objects.latest("id")
    return tuple([one.address for one in read_people(text)] for text in (held.to, held.cc))


def offered(browser, message: Message) -> bool:
    folder = "inbox" if message.direction == "IN" else "outbox"
    return BUTTON in browser.get(f"/inbox/john/{folder}/{message.xuid}").text


JILL = Address("jill", "Jill Jackson")


def test_an_answer_to_all_goes_to_the_sender_and_to_everybody_else_it_was_sent_to(anna, came):
    message = came("john", "lab", sender=JILL, cc=("jan@example.org",))

    assert offered(anna, message)
    assert answered(anna, message) == (["jill", "lab"], ["jan@example.org"])
    assert answered(anna, message, "reply") == (["jill"], [])


def test_it_is_not_offered_where_there_is_nobody_else(anna, came):
    assert not offered(anna, came("john", sender=JILL))
    assert not offered(anna, came("john", "JOHN@mail.example", sender=JILL, cc=("jill", "john")))


@pytest.mark.parametrize(
    ("transport", "fields", "own"),
    [
        ("zorgmail", {"username": "500000011"}, "500000011@lms.lifeline.nl"),
        ("ezorg", {"username": "john@mail.e-zorg.nl"}, "John@Mail.E-zorg.nl"),
        ("email", {"username": "praktijk@example.org"}, "Praktijk@example.org"),
        ("personium", {"url": "https://john.cells.example/"}, "HTTPS://john.cells.example"),
    ],
)
def test_the_box_does_not_answer_itself_under_any_of_its_addresses(
    anna, john, came, transport, fields, own
):
    Account.objects.create(transport=transport, box=john, **fields)
    Box.objects.filter(pk=john.pk).update(sender_addresses=["balie@example.org"])
    message = came("john", own, "John@MAIL.example", sender=JILL, cc=("BALIE@example.org", "lab"))

    assert answered(anna, message) == (["jill"], ["lab"])


def test_nobody_gets_an_answer_to_all_twice(anna, came):
    others = ("jill@mail.example", "Jan@example.org", "jan@EXAMPLE.org", "lab", "lab")

    message = came("john", *others, sender=JILL, cc=("jan@example.org", "lab@mail.example"))

    assert answered(anna, message) == (["jill", "Jan@example.org", "lab"], [])


def test_who_got_a_message_unseen_stays_unseen(anna, john):
    hidden = [Address("spy"), Address("watch@example.org")]
    sent = Message.objects.post(john, envelope_to("jill", cc=(Address("lab"),)), recipients=hidden)

    assert offered(anna, sent)
    assert answered(anna, sent) == (["jill"], ["lab"])


def test_of_a_sent_message_nothing_is_added_where_nobody_had_a_copy(anna, john):
    sent = Message.objects.post(john, envelope_to("jill", "lab"), recipients=[Address("spy")])

    assert not offered(anna, sent)
    assert answered(anna, sent, "reply") == (["jill", "lab"], [])


@pytest.mark.parametrize(
    "name", ["spy\u2028Laboratorium", "Jansen, spy; <spy>", "Lab\nspy", 'Lab" <spy>, "x']
)
def test_a_name_in_the_message_adds_nobody_to_an_answer_to_all(anna, john, name):
    letter = envelope_to("john", sender=Address("jill", name), cc=(Address("lab", name),))

    message = Message.objects.receive(john, letter)

    assert answered(anna, message) == (["jill"], ["lab"])


def test_an_address_that_would_be_read_as_several_is_left_out(anna, came):
    message = came("john", "lab;spy", "lab\x85spy", sender=JILL, cc=("arts, spy",))

    assert answered(anna, message) == (["jill"], [])


def test_a_letter_in_an_answer_stays_one_recipient(anna, john):
    letter = "letter:Anna Meier; Am Deich 4; 01067; Dresden"

    sent = Message.objects.post(john, envelope_to(letter, "jill", cc=(Address("lab"),)))

    assert answered(anna, sent) == ([letter, "jill"], ["lab"])


def test_the_log_says_that_an_answer_was_begun(anna, came):
    answered(anna, message := came("john", "lab", sender=JILL))

    assert LogEntry.objects.filter(xuid=message.xuid, action="reply").exists()


def test_who_may_not_read_answers_nobody(person, came):
    message = came("john", "lab", sender=JILL)

    answer = person("dora", "send").post(WRITE, {"about": message.xuid, "as": "all"})

    assert answer.status_code == 404 and not Draft.objects.exists()


def test_files_that_are_forwarded_are_seen_and_can_be_left_out_before_sending(anna, john, jill):
    files = (
        Attachment("scan.pdf", "application/pdf", b"1"),
        Attachment("b.txt", "text/plain", b"2"),
    )
    letter = envelope_to("john", sender=JILL, attachments=files)
    message = Message.objects.receive(john, letter)
    anna.post(WRITE, {"about": message.xuid, "as": "forward"})
    draft = Draft.objects.get()
    path = f"/inbox/john/write/{draft.ref}"

    text = anna.get(path).text
    assert all(f"<bdi>{name}</bdi>" in text for name in ("message.txt", "scan.pdf", "b.txt"))
    anna.post(f"{path}/files/{draft.files.get(filename='scan.pdf').mark}/remove")
    send(anna, path, to="jill", text="Ter kennisneming")

    sent = Message.objects.get(direction="OUT").attachments.all()
    assert [part.filename for part in sent] == ["message.txt", "b.txt"]
