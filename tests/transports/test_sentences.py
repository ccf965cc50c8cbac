"""What a far side did is kept in English and told in the language of whoever reads it."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.test import Client
from django.utils.translation import override

from boxes.models import Access, Delivery, Message, User
from boxes.sentence import Sentence, english, kept, told, told_again
from tests.boxes.admin.conftest import plain_static_files  # noqa: F401
from tests.boxes.envelopes import envelope_to
from tests.transports.worker import run_worker
from transports.base import Refused
from transports.models import Account
from transports.wire.faults import Doubt, Fault

ROADS = [
    path
    for folder in ("boxes", "transports")
    for path in sorted(Path(project.BASE_DIR, folder).rglob("*.py"))
    if not {"facade", "demo"} & {*path.parts}
]
SETTING = re.compile(r"\b[A-Z]+_[A-Z_]+\b")
FACT = re.compile(r"%\((\w+)\)s")


def calls(path: Path, *names: str):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names and node.args:
            yield node


def plain(call: ast.Call) -> str:
    """What the sentence says to who writes messages, where that is said in other words."""
    said = next((item.value for item in call.keywords if item.arg == "plain"), None)
    return str(said.value) if isinstance(said, ast.Constant) else ""


def test_who_writes_a_message_reads_the_name_of_no_setting():
    """Of what is told at a delivery; what an account says is for administrators."""
    named = [
        f"{path.name}:{call.lineno}"
        for path in ROADS
        for call in calls(path, "Sentence")
        if isinstance(call.args[0], ast.Constant)
        and SETTING.search(plain(call) or str(call.args[0].value))
        and "nothing was collected" not in str(call.args[0].value)
        and "SMTPeter takes the token" not in str(call.args[0].value)
    ]

    assert named == []


def test_every_sentence_is_there_in_dutch_with_the_same_facts():
    folder = Path(project.BASE_DIR, "locale")
    dutch = gettext.translation("django", folder, ["nl"])._catalog  # type: ignore[attr-defined]
    messages = [
        str(call.args[0].value)
        for path in ROADS
        for call in calls(path, "Sentence")
        if isinstance(call.args[0], ast.Constant)
    ]

    messages += [
        text for path in ROADS for call in calls(path, "Sentence") if (text := plain(call))
    ]

    assert len(messages) > 150
    lacking = [
        message
        for message in messages
        if sorted(FACT.findall(message)) != sorted(FACT.findall(dutch.get(message, "?%(none)s")))
    ]
    assert lacking == []


def test_no_road_fails_with_a_text_that_cannot_be_told_in_dutch():
    plain = [
        f"{path.name}:{call.lineno}"
        for path in ROADS
        for call in calls(path, "Fault", "Doubt", "Refused", "Uncertain")
        if isinstance(call.args[0], ast.JoinedStr | ast.Constant)
    ]

    assert plain == []


def test_a_sentence_keeps_what_it_is_made_of_through_errors_and_columns():
    origin = Sentence("the %(road)s account of box %(box)s", road="ZorgMail", box="jill")
    fault = Fault(
        Sentence("%(name)s may have taken the message: %(reason)s.", name="X", reason="“no %s”")
    )
    refused = Refused(
        Sentence("%(error)s Check %(origin)s.", error=Doubt(str(fault)), origin=origin),
        permanent=False,
    )

    text = str(refused)

    assert text == (
        "X may have taken the message: “no %s”. Check the ZorgMail account of box jill."
    )
    assert type(english(text)) is str and english(text) == text
    with override("nl"):
        dutch = (
            "X heeft het bericht misschien aangenomen: “no %s”. "
            "Controleer het account bij ZorgMail van postbus jill."
        )
        assert told(text) == told_again(english(text), kept(text)) == dutch


@pytest.mark.parametrize(
    "parts", [{"message": "%(lost)s", "facts": {"a": 1}}, {"message": "x"}, {"facts": {}}, None]
)
def test_what_can_no_longer_be_told_is_shown_as_it_was_said(parts):
    assert told_again("It was so.", parts) == "It was so."


# -- on the pages --


@pytest.fixture
def refused(john, smtp, settings) -> Message:
    settings.MAIL_DOMAIN = "mail.example"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", smtp.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    smtp.refuse("jill@example.org", "550 5.1.1 No such user")
    message = Message.objects.post(john, envelope_to("jill@example.org", "nobody"))
    run_worker()
    return message


SAID = "“550 5.1.1 No such user”"
DUTCH = "weigert de ontvanger van deze mail"
ENGLISH = "refuses the recipient of this mail"
SERVER = {"nl": "De mailserver localhost", "en": "The mail server localhost"}
NOT_HERE = {"nl": "Er is hier geen postbus “nobody”", "en": "There is no box “nobody” here"}


@pytest.mark.parametrize(("language", "words"), [("nl", DUTCH), ("en", ENGLISH)])
def test_a_person_reads_why_it_failed_in_their_own_language(refused, john, language, words):
    anna = User.objects.create_superuser("anna")
    Access.objects.create(box=john, user=anna, read=True)
    browser = Client(headers={"accept-language": language})
    browser.force_login(anna)
    delivery = refused.deliveries.get(address="jill@example.org")

    for page in (
        "/inbox/john/error",
        f"/inbox/john/error/{refused.xuid}",
        f"/admin/boxes/delivery/{delivery.pk}/change/",
        f"/admin/boxes/message/{refused.pk}/change/",
    ):
        text = browser.get(page).text
        assert f"{words}: {SAID}" in text, page
    assert SERVER[language] in browser.get("/admin/boxes/delivery/").text  # in short
    assert NOT_HERE[language] in browser.get(f"/inbox/john/error/{refused.xuid}").text


@pytest.mark.parametrize(
    ("language", "plain", "precise"),
    [
        ("en", "E-mail is off here. Use another address", "Ask your administrator to set MAIL"),
        ("nl", "E-mail staat hier uit. Gebruik een ander adres", "Vraag uw beheerder MAIL_DOMAIN"),
    ],
)
def test_who_writes_reads_what_to_do_and_who_administers_reads_which_setting(
    john, settings, client, john_key, language, plain, precise
):
    settings.MAIL_DOMAIN = ""
    message = Message.objects.post(john, envelope_to("jill@example.org"))
    run_worker()
    anna = User.objects.create_superuser("anna")
    Access.objects.create(box=john, user=anna, read=True, send=True)
    browser = Client(headers={"accept-language": language})
    browser.force_login(anna)
    delivery = message.deliveries.get()

    for page in ("/inbox/john/error", f"/inbox/john/error/{message.xuid}"):
        text = browser.get(page).text
        assert plain in text and "MAIL_DOMAIN" not in text, page
    told = browser.post("/inbox/john/roads", {"to": "jill@example.org"}).json()["roads"]
    assert plain in told[0]["sentence"]
    assert precise in browser.get(f"/admin/boxes/delivery/{delivery.pk}/change/").text
    auth = {"authorization": john_key.header}
    answer = client.get(f"/api/v1/john/messages/{message.xuid}", headers=auth)
    assert "MAIL_DOMAIN" in answer.json()["deliveries"][0]["error"]


def test_software_reads_it_in_english_whatever_it_accepts(refused, client, john_key):
    answer = client.get(
        f"/api/v1/john/messages/{refused.xuid}",
        headers={"authorization": john_key.header, "accept-language": "nl"},
    )

    said = [item["error"] for item in answer.json()["deliveries"]]
    assert f"{ENGLISH}: {SAID}." in said[0]
    assert all(type(error) is str for error in Delivery.objects.values_list("error", flat=True))


def test_an_account_says_what_is_wrong_in_the_language_of_the_admin(john, smtp, settings):
    settings.MAIL_DOMAIN = "mail.example"
    account = Account.objects.create(
        box=john, transport="email", host="localhost", port=smtp.port, security="starttls"
    )
    account.collected(60, Sentence("The mail server %(server)s let us in.", server="x:1"))
    browser = Client(headers={"accept-language": "nl"})
    browser.force_login(User.objects.create_superuser("anna"))

    page = browser.post(f"/admin/transports/account/{account.pk}/test/", follow=True).text

    account.refresh_from_db()
    assert "offers no encryption" in account.test_error
    assert page.count("biedt geen versleuteling, dus er is niets verzonden") == 2
    assert "De mailserver x:1 liet ons binnen." in page
