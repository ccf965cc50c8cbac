"""`make demo`: example boxes, filled by software through the API and the dispatcher."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator

import pytest
import requests

from boxes.demo.story import BOXES, DUINMEIJER, HOOFT, LETTERS, ZANDSTRATEN
from tests.drills.service import PATIENCE, ROOT, Service, eventually
from tests.left_out import left_out
from tests.runs import OF_THE_EMBEDDED_RUN

pytestmark = [pytest.mark.timeout(5 * PATIENCE), *OF_THE_EMBEDDED_RUN]


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service")).start("--demo")
    eventually(lambda: "Send something" in service.said(), "it says what can be tried")
    facts = json.loads((service.directory / "demo.json").read_text())
    service.session.auth = (facts["key"], facts["secret"])
    yield service
    service.stop()


def received(service: Service) -> dict[str, list[str]]:
    return {
        box: sorted(item["envelope"]["id"] for item in service.list(box, "INBOX,ARCHIVED"))
        for box in BOXES
    }


def test_every_letter_is_in_the_boxes_that_it_was_sent_to(demo: Service):
    expected = {
        box: sorted(f"demo-{one.name}" for one in LETTERS if box in (*one.to, *one.cc))
        for box in BOXES
    }

    assert received(demo) == expected


def test_the_practice_has_a_message_of_every_type(demo: Service):
    types = {item["envelope"]["contentType"] for item in demo.list("delinde", "INBOX,ARCHIVED")}

    assert types == {one.content_type for one in LETTERS}
    assert {kind.rpartition("/")[2] for kind in types} >= {
        *("plain", "markdown", "html", "xml", "csv", "json", "pdf", "dicom", "png", "jpeg", "tiff"),
        *("vnd.edi.medlab+xml", "vnd.edi.medvri+xml", "vnd.edi.medspe+xml", "vnd.edi.mednip+xml"),
        *("edifact", "hl7-v2", "hl7-cda+xml", "fhir+json", "fhir+xml", "rfc822"),
        *("vnd.nl.perinatologie.resource+xml", "vnd.formidable.instance+json"),
        "vnd.messagebox.envelope+json",
    }


def test_the_front_leads_to_a_page_whose_key_reads_and_no_more(demo: Service):
    page = requests.get(demo.url("").replace("127.0.0.1", "localhost"), timeout=60)
    [key] = re.findall(r'data-key="(\w+)"', page.text)
    [secret] = re.findall(r'data-secret="(\w+)"', page.text)
    boxes = requests.get(demo.url("api/v1/"), auth=(key, secret), timeout=60).json()

    assert page.url.endswith("/demo/")
    assert {box["name"]: box["rights"] for box in boxes} == {name: ["read"] for name in BOXES}


def test_what_cannot_be_delivered_says_why(demo: Service):
    failed = {
        delivery["address"]: delivery["error"]
        for item in demo.list("delinde", "ERROR")
        for delivery in item["deliveries"]
        if delivery["status"] == "failed"
    }

    assert set(failed) == {
        "sanne@mail.example",
        "500099007@lms.lifeline.nl",
        "apotheekdezon",
    }
    assert "ZorgMail" in failed["500099007@lms.lifeline.nl"]
    assert all(len(sentence) > 20 for sentence in failed.values())


def test_properties_were_hung_on_what_arrived(demo: Service):
    answer = demo.session.get(
        demo.url("api/v1/delinde/messages?_bsn=999990044&status=INBOX,ARCHIVED"), timeout=60
    )

    assert len(answer.json()) == sum(
        one.properties.get("bsn") == "999990044" and "delinde" in (*one.to, *one.cc)
        for one in LETTERS
    )


def test_the_printed_search_finds_what_is_about_one_patient(demo: Service):
    """The number stands in the body, where no log along the way keeps it."""
    [line] = re.findall(r"Only what is about one patient:\n(.+)", demo.said())
    _curl, _login, login, address, _data, body = shlex.split(line)
    path = address.partition("/api/v1/")[2]
    key, _, secret = login.partition(":")

    def found() -> list[dict]:
        place = demo.url(f"api/v1/{path}")
        answer = requests.post(place, body, auth=(key, secret), timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert "999990044" not in address
    eventually(found, "contents were read")
    assert {item["summary"]["patient"]["identity"] for item in found()} == {"one"}


def test_what_hangs_on_a_message_is_of_the_patient_in_it(demo: Service):
    """Name, number and content agree, or the example teaches to file under a wrong patient."""
    known = {
        patient["bsn"]: {one.name for one in LETTERS if one.properties.get("bsn") == patient["bsn"]}
        for patient in (DUINMEIJER, ZANDSTRATEN, HOOFT)
    }

    def unread() -> list[dict]:
        every = demo.list("delinde", "INBOX,ARCHIVED")
        return [item for item in every if item["summary"]["state"] == "waiting"]

    eventually(lambda: not unread(), "every content was read")
    for number, names in known.items():
        answer = demo.session.post(
            demo.url("api/v1/delinde/search"),
            json={"bsn": number, "status": ["INBOX", "ARCHIVED"]},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        about = {item["envelope"]["id"].removeprefix("demo-") for item in answer.json()}
        assert about
        assert about <= names


def test_every_message_opens_in_the_viewer(demo: Service):
    for box in BOXES:
        for item in demo.list(box, "INBOX,ARCHIVED"):
            page = requests.get(demo.own(item["viewerUrl"]), timeout=60)
            assert page.status_code == 200, item["envelope"]["subject"]


@pytest.mark.parametrize(
    ("name", "place"), [("admin", "admin/"), ("arts", "inbox/"), ("assistent", "inbox/")]
)
def test_the_printed_password_signs_in(demo: Service, name: str, place: str):
    [password] = re.findall(r"password (\S+)", demo.said())
    browser = requests.Session()
    door = demo.url("accounts/login/")
    form = browser.get(door, timeout=60)
    secret = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)[0]

    answer = browser.post(
        door,
        data={"login": name, "password": password, "csrfmiddlewaretoken": secret},
        allow_redirects=False,
        timeout=60,
    )

    assert answer.status_code == 302
    assert browser.get(demo.url(place), timeout=60).status_code == 200


def test_starting_again_doubles_nothing(demo: Service):
    before = received(demo)
    demo.stop()

    demo.start("--demo")
    eventually(lambda: demo.said().count("Send something") == 2, "it says so again")

    assert received(demo) == before


def test_the_first_success_of_the_readme_ends_in_an_opened_message(demo: Service):
    if not shutil.which("curl"):
        left_out("curl is not here")
    [steps] = re.findall(r"```sh\n(KEY=.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    key, secret = demo.session.auth
    own = {"KEY": key, "SECRET": secret, "API": demo.url("api/v1")}
    for name, value in own.items():
        steps, count = re.subn(rf"^{name}=.*", f"{name}={value}", steps, flags=re.MULTILINE)
        assert count == 1, name

    done = subprocess.run(
        ["sh", "-eu", "-c", steps], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    page = requests.get(demo.own(done.stdout.split()[-1]), timeout=60)

    assert page.status_code == 200
    assert "de uitslag is met mevrouw besproken" in page.text
