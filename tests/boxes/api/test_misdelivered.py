"""A message that came to the wrong box, by the API: moved or sent back, whole and once."""

import pytest

from boxes.envelope import Attachment
from boxes.errors import Closed
from boxes.models import Access, Box, Change, LogEntry, Message, Misdelivery, Property
from tests.boxes.api.client import ApiClient
from tests.boxes.api.test_summary import REPORT
from tests.boxes.envelopes import envelope_to
from tests.transports.worker import run_worker
from transports.models import ApprovedDomain

ANNA = {"user": {"id": "7", "name": "A. Jansen"}}
BERT = {"user": {"id": "8", "name": "B. Smit"}}
BSN = {"bsn": "999990032", "status": ["INBOX", "ARCHIVED"]}
FILE = Attachment("foto.txt", "text/plain", b"bijlage")


@pytest.fixture
def api(issue_key, john, jill):
    """Software that manages john's box and may send in jill's."""
    key = issue_key(john, "manage")
    Access.objects.create(box=jill, key=key.key, send=True)
    return ApiClient(key.header)


@pytest.fixture
def astray(john):
    """A report about a patient, with a file and a label, in john's box."""
    envelope = envelope_to(
        "john", subject="Uitslag mw. Duinmeijer", content=b"Hb 6,1", attachments=(FILE,)
    )
    message = Message.objects.receive(john, envelope, source="test")
    Message.objects.know(message, REPORT)
    Property.objects.put(message, "bsn", "999990032")
    return message


def away(api, message, body=None, **more):
    path = f"/john/messages/{message.xuid}/misdelivered"
    return api.post(path, {"reason": "Andere praktijk", **(body or {}), **more})


def test_each_fault_is_told_once(api, astray):
    long = away(api, astray, reason="x" * 501, to="jill").json()["fields"]
    listed = away(api, astray, to=["jill"]).json()["fields"]

    assert long == {"reason": ["At most 500 characters; this has 501."]}
    assert listed == {"to": ["Give this as text."]}


@pytest.mark.parametrize("body", [{"to": "jill"}, {"backToSender": True}])
def test_what_was_noted_of_it_stays_on_no_stub(api, john, jill, body):
    Message.objects.post(jill, envelope_to("john"))
    run_worker()
    message = Message.objects.in_box(john).get()
    note = ANNA | {"note": "Mw. Duinmeijer is gebeld"}
    assert api.post(f"/john/messages/{message.xuid}/handled", note).status_code == 200

    assert away(api, message, ANNA, **body).status_code == 200

    [stub] = api.get("/john/messages?status=ARCHIVED").json()
    assert (stub["handling"]["by"], stub["handling"]["note"]) == ("A. Jansen", "")
    assert "Duinmeijer" not in str(stub)


def test_moved_it_arrives_whole_and_a_stub_stays(api, jill_api, astray, jill):
    answer = away(api, astray, ANNA, to="jill")

    told = answer.json()["misdelivered"]
    assert (told["by"], told["movedTo"], told["reason"]) == ("A. Jansen", "jill", "Andere praktijk")
    # there: all of it, as new, without the labels of the first box
    [arrived] = jill_api.get("/jill/messages").json()
    whole = jill_api.get(f"/jill/messages/{arrived['xuid']}").json()
    assert whole["envelope"]["content"] == "Hb 6,1"
    assert whole["envelope"]["subject"] == "Uitslag mw. Duinmeijer"
    assert [part["filename"] for part in whole["envelope"]["attachments"]] == ["foto.txt"]
    file = jill_api.get(f"/jill/messages/{arrived['xuid']}/attachments/1")
    assert b"".join(file.streaming_content) == b"bijlage"
    assert (whole["summary"]["flag"], whole["properties"]) == ("abnormal", [])
    assert whole["movedFrom"]["box"] == "john" and whole["movedFrom"]["by"] == "A. Jansen"
    assert [one["xuid"] for one in jill_api.post("/jill/search", BSN).json()] == [arrived["xuid"]]
    # here: that it went, and nothing of what was in it
    [stub] = api.get("/john/messages?status=ARCHIVED").json()
    assert stub["misdelivered"] == told and stub["jwt"] is stub["viewerUrl"] is None
    assert (stub["envelope"]["subject"], stub["properties"], stub["size"]) == ("", [], 0)
    assert stub["envelope"]["attachments"] == [] and stub["summary"]["patient"] is None
    for path in ("", "/content", "/attachments/1", "/view"):
        gone = api.get(f"/john/messages/{astray.xuid}{path}")
        assert (gone.status_code, gone.json()["code"]) == (410, "misdelivered")
        assert "A. Jansen moved it to the box Jill Jackson (jill)" in gone.json()["error"][0]
    assert api.post(f"/john/messages/{astray.xuid}/token").status_code == 410
    assert api.post("/john/search", BSN).json() == []
    assert api.get("/john/messages?status=ARCHIVED&_bsn=999990032").json() == []
    assert api.get("/john/messages?status=ARCHIVED&q=duinmeijer").json() == []
    # what was told, and to whom
    kinds = Change.objects.filter(xuid=astray.xuid).values_list("kind", flat=True)
    assert {"message.misdelivered", "message.status", "property.removed"} <= set(kinds)
    assert Change.objects.get(box=jill).kind == "message.received"
    actions = [one["action"] for one in api.get(f"/john/messages/{astray.xuid}/log").json()]
    assert "misdelivered" in actions and "deliver" in actions
    entry = LogEntry.objects.get(action="moved here")
    assert (entry.box_name, entry.xuid) == ("jill", arrived["xuid"])
    assert entry.detail == "from john: Andere praktijk" and entry.on_behalf == ANNA["user"]


def test_all_that_a_stub_refuses_is_described_as_gone(api, astray):
    away(api, astray, ANNA, to="jill")
    described = api.get("/schema").json()["paths"]
    below = {path: does for path, does in described.items() if "{xuid}" in path}
    values = {"box": "john", "xuid": astray.xuid, "n": 1, "name": "bsn"}

    for path, does in below.items():
        address = path.removeprefix("/api/v1").format(**values)
        for verb, operation in does.items():
            answer = getattr(api, verb)(address, *([{}] if verb in ("post", "put") else []))
            assert (answer.status_code == 410) == ("410" in operation["responses"]), path


def test_of_two_at_once_one_is_told_the_others_name(api, astray, jill):
    stale = Message.objects.get(pk=astray.pk)
    away(api, astray, ANNA, to="jill")

    second = away(api, astray, BERT, to="jill")

    assert second.status_code == 409 and "A. Jansen moved it" in second.json()["error"][0]
    with pytest.raises(Closed, match="Jansen"):  # who had it in hand from before
        Misdelivery.objects.move(stale, jill, subject="user:8", name="B. Smit", reason="x")
    assert Message.objects.in_box(jill).count() == 1


def test_what_a_colleague_works_on_is_not_taken_out_of_their_hands(api, astray, jill):
    api.post(f"/john/messages/{astray.xuid}/take", ANNA)

    refused = away(api, astray, BERT, to="jill")

    assert refused.json()["error"] == ["A. Jansen has taken this message."]
    assert refused.json()["handling"]["by"] == "A. Jansen"
    assert api.get(f"/john/messages/{astray.xuid}").status_code == 200
    assert not Message.objects.in_box(jill).exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"to": "jill", "reason": " "}, 400),
        ({"to": "jill", "reason": "x" * 501}, 400),
        ({"to": "jill", "backToSender": True}, 400),
        ({}, 400),
        ({"to": "john"}, 400),
        ({"to": "nobody"}, 404),
        ({"to": "elsewhere"}, 404),
        ({"to": "readonly"}, 403),
        ({"backToSender": "yes"}, 400),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(api, astray, practice, body, status):
    readonly = Box.objects.create(name="readonly", organization=practice)
    Box.objects.create(name="elsewhere", organization=practice)
    key = Access.objects.get(box__name="jill").key
    Access.objects.create(box=readonly, key=key, read=True)

    assert away(api, astray, body).status_code == status
    assert api.get(f"/john/messages/{astray.xuid}").json()["envelope"]["content"] == "Hb 6,1"
    assert Message.objects.count() == 1


def test_a_sent_message_was_not_wrongly_delivered_here(api, john):
    sent = Message.objects.post(john, envelope_to("jill"))

    assert away(api, sent, to="jill").status_code == 409


def test_from_the_second_box_it_can_go_back(api, astray, jill, john):
    away(api, astray, to="jill")
    there = Message.objects.in_box(jill).get()

    Misdelivery.objects.move(there, john, subject="user:1", name="Jill", reason="toch bij jullie")

    back = Message.objects.in_box(john).exclude(pk=astray.pk).get()
    assert (back.body(), back.attachments.get().body()) == (b"Hb 6,1", b"bijlage")
    assert back.moved_from.reason == "toch bij jullie"


# -- back to the sender --


@pytest.fixture
def from_jill(jill):
    """What jill sent to john arrived."""
    sent = Message.objects.post(jill, envelope_to("john", subject="Mw. Jansen", content=b"geheim"))
    run_worker()
    sent.refresh_from_db()
    return sent


def test_sent_back_the_sender_reads_why_and_nothing_of_the_content(
    api, jill_api, from_jill, john, jill
):
    arrived = Message.objects.in_box(john).get()

    answer = away(api, arrived, ANNA, backToSender=True)
    run_worker()

    assert answer.json()["misdelivered"]["returnedTo"] == "jill"
    notice = Message.objects.in_box(jill).get(direction="IN")
    text = notice.body().decode()
    assert "Andere praktijk" in text and from_jill.xuid in text
    assert "geheim" not in text and "Jansen" not in notice.subject
    assert notice.thread == from_jill.thread
    # the sender's own message tells it too
    told = jill_api.get("/jill/messages?status=ERROR").json()[0]["deliveries"][0]
    assert told["status"] == "undelivered"
    assert told["error"] == "Returned as wrongly delivered by the box john: Andere praktijk"
    assert api.get(f"/john/messages/{arrived.xuid}/content").status_code == 410


def test_what_was_sent_back_is_not_sent_to_the_wrong_box_again(
    api, jill_api, from_jill, john, jill, practice
):
    away(api, Message.objects.in_box(john).get(), ANNA, backToSender=True)

    refused = jill_api.post(f"/jill/messages/{from_jill.xuid}/resend")

    assert refused.status_code == 409
    assert "Send a new one to the right receiver" in refused.json()["error"][0]
    # and where another failed, only that one
    sent = Message.objects.post(jill, envelope_to("john", "later", content=b"geheim"))
    run_worker()
    away(api, Message.objects.in_box(john).get(status="INBOX"), ANNA, backToSender=True)
    Box.objects.create(name="later", organization=practice)
    assert jill_api.post(f"/jill/messages/{sent.xuid}/resend").status_code == 200
    run_worker()
    assert Message.objects.get(box__name="later").body() == b"geheim"
    assert not Message.objects.in_box(john).filter(status="INBOX").exists()
    assert [one.status for one in sent.deliveries.order_by("n")] == ["undelivered", "delivered"]


def test_the_sender_sees_that_it_was_passed_on(api, from_jill, john, practice):
    third = Box.objects.create(name="third", organization=practice)
    key = Access.objects.get(box=john, key__isnull=False, manage=True).key
    Access.objects.create(box=third, key=key, send=True)

    away(api, Message.objects.in_box(john).get(), to="third")

    from_jill.refresh_from_db()
    [arrived, passed_on] = from_jill.deliveries.get().history
    assert (arrived["status"], passed_on["status"], from_jill.status) == (
        "delivered",
        "moved",
        "SENT",
    )
    assert "john passed it on to the box third" in passed_on["error"]


@pytest.mark.parametrize("sender", ["", "nobody", "lab@example.org"])
def test_a_sender_who_cannot_be_reached_is_said_with_what_to_do_instead(
    api, john, sender, settings
):
    settings.MAIL_DOMAIN = ""
    message = Message.objects.receive(john, envelope_to("john"), source="test")
    Message.objects.filter(pk=message.pk).update(from_address=sender)

    refused = away(api, message, backToSender=True)

    assert refused.status_code == 400
    assert list(refused.json()["fields"]) == ["backToSender"]
    assert "Move the message to the right box, or tell the sender" in refused.json()["error"][0]
    assert api.get(f"/john/messages/{message.xuid}").status_code == 200


def test_by_ordinary_mail_it_goes_only_to_an_approved_domain(api, john, settings):
    settings.APPROVE_EVERY_DOMAIN, settings.MAIL_DOMAIN = False, "boxes.example"
    message = Message.objects.receive(john, envelope_to("john", content=b"geheim"), source="test")
    Message.objects.filter(pk=message.pk).update(from_address="lab@example.org")

    assert "is not approved" in away(api, message, backToSender=True).json()["error"][0]
    ApprovedDomain.objects.create(domain="example.org", reason="agreed")

    assert away(api, message, backToSender=True).status_code == 200
    notice = Message.objects.get(direction="OUT")
    assert notice.deliveries.get().address == "lab@example.org"
    assert b"geheim" not in notice.body() and not notice.attachments.exists()


def test_what_its_sender_could_not_be_told_of_is_put_back_whole(api, from_jill, john, jill):
    arrived = Message.objects.in_box(john).get()
    away(api, arrived, backToSender=True)
    made = Misdelivery.objects.get()
    assert not made.sender_not_reached
    Box.objects.filter(pk=jill.pk).update(state="closed")
    run_worker()

    Misdelivery.objects.get().put_back()

    whole = api.get(f"/john/messages/{arrived.xuid}").json()
    assert (whole["status"], whole["envelope"]["content"]) == ("INBOX", "geheim")
    assert whole["envelope"]["subject"] == "Mw. Jansen"
    assert not Misdelivery.objects.exists()
