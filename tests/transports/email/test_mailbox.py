"""The IMAP client against each way in which a server can fail it."""

import imap_tools
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.fakes import dovecot
from tests.fakes.certificates import KINDS
from tests.fakes.imap import CUT, ENDLESS, GARBAGE, STALL, FakeImap
from transports.email.mailbox import Mailbox, Waiting
from transports.email.server import Server
from transports.wire.faults import Fault

LETTER = b"Subject: Overleg\r\nFrom: a@b.example\r\n\r\nDag\r\n"


@pytest.fixture
def imap():
    with FakeImap(logins={"jill": "geheim"}) as fake:
        yield fake


def open_box(fake, *, look: bool = False, longest: int = 1 << 20, **changes) -> Mailbox:
    fields = {
        "host": "localhost",
        "port": fake.port,
        "security": "none",
        "username": "jill",
        "password": "geheim",
        "timeout": 20,
        "origin": "the e-mail account of box jill",
    }
    return Mailbox(Server(**{**fields, **changes}), look=look, longest=longest)


def fault_of(call) -> str:
    with pytest.raises(Fault) as caught:
        call()
    assert str(caught.value).endswith("."), str(caught.value)
    assert "geheim" not in str(caught.value)
    return str(caught.value)


def test_a_mailbox_shows_gives_and_removes_its_mails(imap):
    first, second = imap.put("jill", LETTER), imap.put("jill", LETTER * 2)

    with open_box(imap) as mailbox:
        before = mailbox.waiting()
        content = mailbox.fetch(second)
        mailbox.remove(first)
        after = mailbox.waiting()

    assert before == [Waiting(first, len(LETTER)), Waiting(second, 2 * len(LETTER))]
    assert (content, mailbox.validity) == (LETTER * 2, "7")
    assert after == before[1:]
    assert [mail.uid for mail in imap.mailboxes["jill"]] == [second]


def test_a_look_leaves_no_mark(imap):
    uid = imap.put("jill", LETTER)

    with open_box(imap, look=True) as mailbox:
        assert mailbox.fetch(uid) == LETTER
        fault_of(lambda: mailbox.remove(uid))

    assert imap.mailboxes["jill"][0].flags == set()
    assert "EXAMINE INBOX" in imap.commands


def test_an_empty_mailbox_holds_nothing(imap):
    with open_box(imap) as mailbox:
        assert (mailbox.waiting(), mailbox.fetch(1)) == ([], None)


def test_what_is_marked_as_deleted_is_told_as_such(imap):
    uid = imap.put("jill", LETTER)
    imap.mailboxes["jill"][0].flags.add("\\Deleted")

    with open_box(imap) as mailbox:
        assert mailbox.waiting() == [Waiting(uid, len(LETTER), deleted=True)]


def test_without_uidplus_a_mail_is_only_marked():
    with FakeImap(extensions=()) as imap:
        uid = imap.put("jill", LETTER)

        with open_box(imap) as mailbox:
            mailbox.remove(uid)
            assert not mailbox.expunges

        assert imap.mailboxes["jill"][0].flags == {"\\Deleted"}


@pytest.mark.parametrize("extensions", [("AUTH=PLAIN",), ()])
@pytest.mark.parametrize("password", ['ge"h\\eim', "met spatie", "{5}", "%s"])
def test_any_name_and_password_reach_the_server_as_they_are(extensions, password):
    fake = FakeImap(logins={password: password}, extensions=extensions)

    with fake as imap, open_box(imap, username=password, password=password) as mailbox:
        assert mailbox.waiting() == []


def test_a_password_beyond_ascii_needs_a_server_that_takes_it():
    with FakeImap(logins={"jill": "geheïm"}) as imap, open_box(imap, password="geheïm"):
        pass
    with FakeImap(logins={"jill": "geheïm"}, extensions=()) as imap:
        assert "does not take" in fault_of(lambda: open_box(imap, password="geheïm"))


def test_a_password_with_a_line_end_gives_no_second_command(imap):
    said = fault_of(lambda: open_box(imap, password="x\r\nA1 DELETE INBOX"))

    assert "line end" in said
    assert imap.commands == ["CAPABILITY"]


def test_a_refused_login_says_what_to_mend(imap):
    said = fault_of(lambda: open_box(imap, password="fout"))

    assert "refused our login" in said and "[AUTHENTICATIONFAILED]" in said
    assert "the e-mail account of box jill" in said


@pytest.mark.parametrize("says", [CUT, GARBAGE, ENDLESS, "BAD No", "BYE Too busy"])
@pytest.mark.parametrize("stage", ["greeting", "login", "select", "fetch", "body", "store"])
def test_every_loss_and_refusal_is_a_fault(imap, stage, says):
    uid = imap.put("jill", LETTER)
    imap.fail(stage, says)

    def use() -> None:
        with open_box(imap) as mailbox:
            mailbox.waiting()
            mailbox.fetch(uid)
            mailbox.remove(uid)

    assert fault_of(use)
    assert len(imap.mailboxes["jill"]) == 1


@pytest.mark.parametrize("stage", ["greeting", "login", "fetch", "body"])
def test_silence_ends_by_the_deadline(imap, stage):
    uid = imap.put("jill", LETTER)
    imap.fail(stage, STALL)

    def use() -> None:
        with open_box(imap, timeout=0.3) as mailbox:
            mailbox.waiting()
            mailbox.fetch(uid)

    assert "did not answer in time (0.3 s)" in fault_of(use)


def test_a_mail_larger_than_is_taken_is_not_read(imap):
    uid = imap.put("jill", LETTER * 100)

    with open_box(imap, longest=100) as mailbox:
        assert "too long" in fault_of(lambda: mailbox.fetch(uid))


def test_nobody_there_is_a_fault(imap):
    port = imap.port
    imap.server.server_close()

    assert str(port) in fault_of(lambda: open_box(imap, connect_timeout=1))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_only_a_sound_certificate_is_trusted(authority, security, kind):
    context = authority.context(kind)
    with FakeImap(security=security, context=context, logins={"jill": "geheim"}) as imap:
        imap.put("jill", LETTER)
        options = {"security": security, "ca_file": str(authority.ca_file)}
        if kind != "sound":
            assert "certificate" in fault_of(lambda: open_box(imap, **options))
            assert not any("geheim" in command for command in imap.commands)
            return

        with open_box(imap, **options) as mailbox:
            assert len(mailbox.waiting()) == 1


def test_a_server_without_encryption_gets_no_password(imap):
    said = fault_of(lambda: open_box(imap, security="starttls"))

    assert "offers no encryption" in said
    assert imap.commands == ["CAPABILITY"]


@examples(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(min_size=1, max_size=400))
def test_any_bytes_come_as_they_are(imap, content):
    uid = imap.put("jill", content)

    with open_box(imap, look=True) as mailbox:
        assert mailbox.fetch(uid) == content


def test_the_fake_is_understood_by_a_client_of_others(imap):
    uid = imap.put("jill", LETTER)
    with imap_tools.MailBoxUnencrypted("127.0.0.1", imap.port).login("jill", "geheim") as box:
        box.append(LETTER.replace(b"Overleg", b"Nog een"), "INBOX")
        mail, other = box.fetch(mark_seen=False)
        box.delete([mail.uid, other.uid])

        assert (mail.uid, mail.subject, mail.text) == (str(uid), "Overleg", "Dag\r\n")
        assert other.subject == "Nog een"
        assert box.uids() == []


def test_a_real_server_is_understood(tmp_path):
    with dovecot.Dovecot(tmp_path) as server:
        server.put("jill", LETTER)
        server.put("jill", LETTER + bytes(range(1, 256)) * 5000)

        with open_box(server, look=True, longest=1 << 22) as mailbox:
            first, second = mailbox.waiting()
            contents = [mailbox.fetch(first.uid), mailbox.fetch(second.uid)]
        looked = server.contents("jill")
        with open_box(server) as mailbox:
            mailbox.remove(first.uid)

        assert contents[0] == LETTER and len(contents[1]) == second.size
        assert [content for _, content in looked] == contents
        assert not any(b"Seen" in flags for flags, _ in looked)
        assert [content for _, content in server.contents("jill")] == contents[1:]
