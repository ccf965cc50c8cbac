"""What was read in a message: in its answer, and as filters of the list."""

from urllib.parse import urlencode

import pytest

from boxes.models import LogEntry, Message
from boxes.summary import Summary, patient_hash
from tests.boxes.api.client import ApiClient
from tests.boxes.envelopes import envelope_to

REPORT = Summary(
    kind="laboratory_report",
    flag="abnormal",
    status="final",
    identity="one",
    patient_name="DUINMEIJER-de Wit, A.B.",
    birth_date="1991-03-14",
    sex="female",
    bsn="999990032",
    order_numbers=("26020301",),
    sender="Lab Oost",
)


@pytest.fixture
def api(issue_key, john):
    return ApiClient(issue_key(john, "manage").header)


@pytest.fixture
def receive(john):
    """A message whose content says this; without a summary nobody read it yet."""
    counter = iter(range(1000))

    def receive(summary=None, box=john):
        text = f"report {next(counter)}".encode()
        message = Message.objects.receive(box, envelope_to(box.name, content=text), source="test")
        if summary:
            Message.objects.know(message, summary)
        return message

    return receive


def changed(**values):
    return Summary(**{name: getattr(REPORT, name) for name in REPORT.__slots__} | values)


def found(api, **filters):
    return [one["xuid"] for one in api.post("/john/search", filters).json()]


def test_a_message_tells_who_it_is_about_and_what_is_abnormal(api, receive):
    message = receive(REPORT)

    expected = {
        "state": "known",
        "kind": "laboratory_report",
        "flag": "abnormal",
        "urgent": False,
        "reportStatus": "final",
        "patient": {
            "identity": "one",
            "name": "DUINMEIJER-de Wit, A.B.",
            "birthDate": "1991-03-14",
            "sex": "female",
        },
        "replacedBy": None,
    }
    assert api.get(f"/john/messages/{message.xuid}").json()["summary"] == expected
    assert api.get("/john/messages").json()[0]["summary"] == expected


def test_no_answer_holds_the_citizen_service_number(api, receive):
    message = receive(REPORT)

    for path in ("/john/messages", f"/john/messages/{message.xuid}"):
        assert b"999990032" not in api.get(path).content


def test_what_was_not_read_yet_says_so(api, receive):
    receive()

    [message] = api.get("/john/messages").json()
    assert message["summary"] == {
        "state": "waiting",
        "kind": None,
        "flag": None,
        "urgent": False,
        "reportStatus": None,
        "patient": None,
        "replacedBy": None,
    }


def test_a_message_about_several_patients_names_none(api, receive):
    receive(changed(identity="unclear", patient_name="", birth_date="", sex="", bsn=""))

    [message] = api.get("/john/messages").json()
    assert message["summary"]["patient"] == {
        "identity": "unclear",
        "name": None,
        "birthDate": None,
        "sex": None,
    }


def test_a_corrected_report_names_the_correction(api, receive):
    earlier, later = receive(REPORT), receive(changed(status="corrected"))

    replaced = api.get(f"/john/messages/{earlier.xuid}").json()["summary"]["replacedBy"]
    assert replaced == later.xuid
    assert found(api, replaced=True) == [earlier.xuid]
    assert found(api, replaced=False) == [later.xuid]
    [listed] = api.get("/john/messages?replaced=true").json()
    assert listed["summary"]["replacedBy"] == later.xuid


@pytest.mark.parametrize(
    ("name", "value", "other"),
    [
        ("kind", "laboratory_report", "specialist_letter"),
        ("flag", "abnormal", "critical"),
        ("reportStatus", "final", "preliminary"),
        ("patientName", "duinmeijer WIT", "duinmeijer jansen"),
        ("birthDate", "1991-03-14", "1991-03-15"),
        ("bsn", "999990032", "999990044"),
    ],
)
def test_a_filter_finds_the_reports_that_match_and_no_other(api, receive, name, value, other):
    report = receive(REPORT)
    receive(
        changed(
            identity="nobody",
            patient_name="",
            birth_date="",
            bsn="",
            flag="none",
            kind="free_message",
            status="",
        )
    )
    receive()

    assert found(api, **{name: value}) == [report.xuid]
    assert found(api, **{name: other}) == []
    if name != "bsn":
        [listed] = api.get(f"/john/messages?{urlencode({name: value})}").json()
        assert listed["xuid"] == report.xuid


def test_what_is_urgent_is_found(api, receive):
    calm, urgent = receive(REPORT), receive(changed(urgent=True))

    assert found(api, urgent=True) == [urgent.xuid]
    assert found(api, urgent=True, flag="abnormal") == [urgent.xuid]
    assert found(api, urgent=False) == [calm.xuid]
    [listed] = api.get("/john/messages?urgent=true").json()
    assert listed["summary"]["urgent"] is True
    assert api.get("/john/messages?urgent=soon").status_code == 400


def test_what_nothing_could_read_is_not_judged(api, receive):
    message = receive()
    Message.objects.leave_unknown(message)

    told = api.get(f"/john/messages/{message.xuid}").json()["summary"]
    assert (told["state"], told["flag"]) == ("unknown", "unjudged")
    assert found(api, flag="unjudged") == [message.xuid]


@pytest.mark.parametrize("name", ["de wit", "Wit Duinmeijer", "DUINMEIJER-DE WIT", "duin", "a.b."])
def test_a_name_is_found_whatever_its_case_accents_and_punctuation(api, receive, name):
    report = receive(REPORT)

    assert found(api, patientName=name) == [report.xuid]
    assert found(api, patientName="meijer") == [], "not in the middle of a word"


def test_a_typographic_apostrophe_is_found_by_a_plain_one(api, receive):
    report = receive(changed(patient_name="VAN ’T HÓÓFT, C."))

    assert found(api, patientName="van 't Hooft") == [report.xuid]


def test_several_codes_may_match(api, receive):
    abnormal, critical = receive(REPORT), receive(changed(flag="critical"))
    receive(changed(flag="normal"))

    assert found(api, flag="abnormal,critical") == [critical.xuid, abnormal.xuid]
    assert found(api, flag=["abnormal", "critical"]) == [critical.xuid, abnormal.xuid]


def test_words_are_sought_in_the_name_of_the_patient_too(api, receive):
    receive(changed(patient_name="Jansen, C."))
    report = receive(REPORT)

    assert found(api, q="overleg duinm") == [report.xuid]
    assert found(api, q="de-Wit, DUINMEIJER") == [report.xuid]
    assert found(api, q="meijer") == [], "not in the middle of a name"


def test_a_number_that_lost_its_leading_zero_is_the_same_patient(api, receive):
    report = receive(changed(bsn="012345672"))

    assert found(api, bsn="12345672") == [report.xuid]


def test_a_patient_is_found_among_many_others(api, receive, john):
    report = receive(REPORT)
    for number in range(30):
        receive(changed(bsn=f"9999{number:05}", flag="normal"))

    assert found(api, bsn="999990032", limit=5) == [report.xuid]
    assert found(api, bsn="999990032", flag="abnormal", limit=5) == [report.xuid]
    assert found(api, bsn="999990032", flag="normal", limit=5) == []


def test_a_citizen_service_number_never_stands_in_an_address(api):
    answer = api.get("/john/messages?bsn=999990032")

    assert answer.status_code == 400
    assert "search" in answer.json()["fields"]["bsn"][0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flag", "high"),
        ("kind", "labratory_report"),
        ("reportStatus", "finished"),
        ("birthDate", "14-03-1991x"),
        ("bsn", "1234"),
        ("bsn", "12345678x"),
        ("contentType", "pdf"),
        ("handling", "mine"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_by_name(api, name, value):
    answer = api.post("/john/search", {name: value})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [name]


def test_the_log_tells_which_patient_was_searched_for(api, receive):
    receive(REPORT)

    found(api, bsn="999990032")

    entry = LogEntry.objects.filter(action="list").latest("id")
    assert entry.patient == patient_hash("999990032")


def test_the_patient_of_another_box_is_not_found(api, receive, jill):
    receive(REPORT, box=jill)

    assert found(api, bsn="999990032") == []
