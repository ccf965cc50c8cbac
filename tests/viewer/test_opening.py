"""Who gets in, and what the others are told."""

import pytest
from django.db import OperationalError, connection

from boxes import tokens
from boxes.models import Access, ApiKey, Box, LogEntry, Message
from viewer.knowing import know_waiting

pytestmark = pytest.mark.django_db

BSN_ALONE = (
    b"MSH|^~\\&|LAB|LAB|||20260205||ORU^R01|1|P|2.5\rPID|1||999990032^^^NLMINBIZA^NNNLD||Jansen\r"
)
NOT_SEEN = "Of dit bericht over de geopende patiënt gaat, kan MessageBox niet zien."


def path_of(message):
    return f"/{message.box.name}/messages/{message.xuid}"


def refused(response, status, code):
    assert response.status_code == status
    assert code in response.content.decode()
    assert "Uitslag" not in response.content.decode()
    return response


@pytest.mark.parametrize("prefix", ["", "/viewer"])
def test_a_token_opens_the_message_under_both_addresses(client, receive, address, prefix):
    response = client.get(prefix + address(receive()))

    assert response.status_code == 200
    assert "Goedemorgen" in response.content.decode()


def test_opening_again_asks_little_and_writes_only_that_it_was_opened(
    client, receive, address, django_assert_num_queries
):
    url = address(
        receive(attachments=[("a.png", "image/png", b"a"), ("b.txt", "text/plain", b"b")])
    )
    assert client.get(url).status_code == 200

    # Who asks, box, message, content, brand, attachments, their contents; the log.
    with django_assert_num_queries(8) as asked:
        client.get(url)

    writes = [query["sql"] for query in asked if not query["sql"].startswith("SELECT")]
    assert len(writes) == 1
    assert 'INTO "boxes_logentry"' in writes[0]


def test_a_token_can_be_posted_instead_of_standing_in_the_address(client, receive, doctor):
    message = receive()
    response = client.post(path_of(message), {"jwt": tokens.mint_page(message, doctor.subject)})

    assert response.status_code == 200
    assert "Goedemorgen" in response.content.decode()


def test_without_a_token_nothing_opens(client, receive):  # V01
    message = receive()

    response = refused(client.get(path_of(message)), 401, "token_missing")
    refused(client.get(path_of(message) + "?jwt="), 401, "token_missing")

    assert response["WWW-Authenticate"] == 'Bearer realm="messagebox-viewer"'


def test_two_tokens_are_a_conflict(client, receive, address):  # V12
    url = address(receive())
    token = url.partition("jwt=")[2]

    refused(client.get(f"{url}&jwt={token}"), 400, "token_conflict")
    refused(client.post(url, {"jwt": token}), 400, "token_conflict")
    refused(client.get(f"{path_of(receive())}?jwt[]={token}"), 401, "token_missing")


def test_a_bearer_token_is_for_servers_that_embed(client, receive, address):
    message = receive()
    path, _, token = address(message).partition("?jwt=")
    bearer = {"Authorization": f"Bearer {token}"}

    assert client.get(path, {"mode": "embed"}, headers=bearer).status_code == 200
    refused(client.get(path, headers=bearer), 401, "token_missing")


@pytest.mark.parametrize("raw", ["x" * 2049, "a.b.c", "é" * 50, "%00", "[" * 1000])
def test_nonsense_is_an_invalid_token(client, receive, raw):  # V13
    response = refused(client.get(path_of(receive()), {"jwt": raw}), 401, "token_invalid")

    assert 'error="invalid_token"' in response["WWW-Authenticate"]


def test_a_large_form_is_refused_unread(client, receive):
    refused(client.post(path_of(receive()), {"jwt": "x" * 1_000_000}), 401, "token_invalid")


def test_an_expired_token_says_what_to_do(client, receive, address):  # V04
    response = client.get(address(receive(), now=1_600_000_000) + "&lang=nl")

    refused(response, 401, "token_expired")
    assert "Deze link is verlopen" in response.content.decode()
    assert "Ververs de berichtenlijst" in response.content.decode()
    assert "This link has expired" in response.content.decode()


def test_a_token_of_another_message_says_the_same_whether_that_one_exists(client, receive, address):
    mine, other = receive(), receive(subject="Geheim")  # V08
    token = address(mine).partition("?")[2]

    existing = refused(client.get(f"{path_of(other)}?{token}"), 403, "token_mismatch")
    missing = client.get(f"/john/messages/{'Z' * 22}?{token}")
    elsewhere = client.get(f"/jill/messages/{mine.xuid}?{token}")

    for response in (missing, elsewhere):
        assert without_request_id(response) == without_request_id(existing)
        assert response["Content-Security-Policy"] == existing["Content-Security-Policy"]


def without_request_id(response):
    return response.content.decode().replace(response["X-Request-Id"], "")


def test_a_withdrawn_right_closes_what_was_open(client, receive, address, doctor):
    url = address(receive())
    Access.objects.filter(user=doctor).update(read=False)

    refused(client.get(url), 401, "token_revoked")


def test_a_user_who_may_no_longer_come_in_is_refused(client, receive, address, doctor):
    url = address(receive())
    type(doctor).objects.update(is_active=False)

    refused(client.get(url), 401, "token_revoked")


def test_a_withdrawn_key_closes_what_it_opened(client, receive, john_key):
    message = receive()
    url = f"{path_of(message)}?jwt={tokens.mint_page(message, john_key.key.subject)}"
    assert client.get(url).status_code == 200

    john_key.key.revoke()
    refused(client.get(url), 401, "token_revoked")
    ApiKey.objects.all().update(revoked_at=None)
    Box.objects.update(state="closed")
    refused(client.get(url), 401, "token_revoked")


def test_a_message_that_is_gone_is_said_to_be_gone(client, receive, address):
    message = receive()
    url = address(message)
    Message.objects.all().delete()

    refused(client.get(url), 404, "message_gone")


def test_the_thirty_first_forged_token_of_a_minute_is_too_many(client, receive, address):  # V17
    url = address(receive())
    forged = [client.get(path_of(receive()), {"jwt": "a.b.c"}).status_code for _ in range(40)]

    assert forged == [401] * 30 + [429] * 10
    assert client.get(path_of(receive()), {"jwt": "a.b.c"})["Retry-After"] == "60"
    assert client.get(url).status_code == 200
    assert client.get(url, REMOTE_ADDR="192.0.2.7").status_code == 200


@pytest.fixture(autouse=True)
def fresh_count(settings):
    """Each test counts forged tokens from nought."""
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": str(id(settings)),
        },
    }


@pytest.mark.parametrize(
    "path",
    [
        "/JOHN/messages/{xuid}",
        "/box%2f../messages/{xuid}",
        "/john/messages/x%00yyyyyyyyyyyyyyyyyyy",
        "//host/messages/{xuid}",
        "/john/messages/{xuid}%0a",
        "/john/messages/{xuid}/",
        "/john/messages/" + "x" * 5000,
        "/john/messages/{xuid}/attachments/0",
        "/john/messages/{xuid}/attachments/x",
    ],
)
def test_another_path_is_no_page_and_no_redirect(client, receive, path):  # V20
    response = client.get(path.format(xuid=receive().xuid))

    assert response.status_code == 404
    assert "Location" not in response


@pytest.mark.parametrize("query", ["theme=../../x", "lang=<script>", "mode=%0d%0aX:1", "plain=<b>"])
def test_an_unknown_value_is_the_default_and_never_repeated(client, receive, address, query):  # V21
    response = client.get(f"{address(receive())}&{query}")

    assert response.status_code == 200
    assert "../../x" not in response.content.decode()
    assert "<script>" not in response.content.decode()
    assert 'data-theme="auto"' in response.content.decode()


def test_other_methods_are_not_allowed(client, receive, address):
    response = client.put(address(receive()))

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"


def test_looking_ahead_uses_nothing_up(client, receive, address):
    message = receive()
    head = client.head(address(message))
    ahead = client.get(address(message), headers={"Sec-Purpose": "prefetch;prerender"})

    message.refresh_from_db()
    assert (head.status_code, ahead.status_code) == (200, 204)
    assert head["Content-Security-Policy"]
    assert message.read_at is None
    assert not LogEntry.objects.filter(action="view").exists()


def test_the_first_opening_marks_the_message_read_and_each_is_logged(client, receive, doctor):
    message = receive()
    person = {"id": "7", "name": "B. Bakker", "role": "verpleegkundige"}
    token = tokens.mint_page(message, doctor.subject, obo=person)
    url = f"{path_of(message)}?jwt={token}"

    client.get(url, REMOTE_ADDR="192.0.2.9")
    client.get(f"{url}&mode=print")

    message.refresh_from_db()
    assert message.read_at is not None
    first, second = LogEntry.objects.filter(action="view").order_by("id")
    assert (first.subject, first.xuid, first.address) == (doctor.subject, message.xuid, "192.0.2.9")
    assert first.on_behalf == person
    assert second.detail == "print"


def test_a_fragment_does_not_mark_the_message_read(client, receive, address):
    message = receive()
    client.get(f"{address(message)}&mode=embed")

    message.refresh_from_db()
    assert message.read_at is None
    assert LogEntry.objects.get(action="view").detail == "embed"


def test_a_refusal_is_logged(client, receive, address):
    # An address of its own: repeats of one source within a minute become a count.
    client.get(address(receive(), now=1_600_000_000), REMOTE_ADDR="192.0.2.77")

    assert LogEntry.objects.get(address="192.0.2.77").outcome == "token_expired"


def test_a_database_that_is_away_is_said_to_be_away(client, receive, address):
    url = address(receive())

    def away(execute, sql, params, many, context):
        raise OperationalError("the database is away")

    with connection.execute_wrapper(away):
        response = client.get(url)

    refused(response, 503, "unavailable")
    assert response["Retry-After"] == "30"


def test_another_record_in_the_ehr_is_an_alarm(client, receive, doctor, clinical_sample):
    message = receive("application/vnd.edi.medlab+xml", clinical_sample)
    same = tokens.patient_context("999990032", "1991-03-14")
    other = tokens.patient_context("999990044", "1958-11-02")

    def page(ctx):
        token = tokens.mint_page(message, doctor.subject, ctx=ctx)
        return client.get(f"{path_of(message)}?jwt={token}&lang=nl").content.decode()

    assert "andere patiënt dan het dossier" in page(other)
    assert "andere patiënt dan het dossier" not in page(same)
    assert NOT_SEEN not in page(other) + page(same)


@pytest.mark.parametrize("mode", ["page", "print", "embed"])
def test_another_record_is_said_above_all_else(client, receive, doctor, clinical_sample, mode):
    message = receive("application/vnd.edi.medlab+xml", clinical_sample)
    other = tokens.patient_context("999990044", "1958-11-02")
    token = tokens.mint_page(message, doctor.subject, ctx=other)
    body = client.get(f"{path_of(message)}?jwt={token}&lang=nl&mode={mode}").content.decode()
    alarm = body.index("andere patiënt dan het dossier")

    if mode != "embed":
        assert alarm < body.index("Afdrukken")
    for below in ("DUINMEIJER", 'class="mbx-envelope', "Streeklab Duinrand", "mbx-summary"):
        assert alarm < body.index(below, max(body.find("<body"), 0)), below
    assert body.count("andere patiënt dan het dossier") == 1


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/plain", b"Mw. Duinmeijer, BSN 999990032"),
        ("application/pdf", b"%PDF-1.4"),
        (
            "application/hl7-v2",
            BSN_ALONE,
        ),
    ],
)
def test_a_content_without_a_comparable_patient_says_so(
    client, receive, doctor, content_type, content
):
    message = receive(content_type, content)

    def page(**claims):
        token = tokens.mint_page(message, doctor.subject, **claims)
        return client.get(f"{path_of(message)}?jwt={token}&lang=nl").content.decode()

    asked = page(ctx=tokens.patient_context("999990032", "1991-03-14"))
    assert NOT_SEEN in asked
    assert "andere patiënt dan het dossier" not in asked
    assert NOT_SEEN not in page()


def test_a_report_that_was_corrected_names_its_correction(client, receive, doctor, sample):
    report = sample("hl7v2/oru-full.hl7")
    earlier = receive("application/hl7-v2", report)
    later = receive("application/hl7-v2", report.replace(b"|F|", b"|C|"))
    know_waiting()

    def page(message):
        token = tokens.mint_page(Message.objects.get(pk=message.pk), doctor.subject)
        return client.get(f"{path_of(message)}?jwt={token}&lang=nl").content.decode()

    assert f"Vervangen door een later verslag: bericht {later.xuid}" in page(earlier)
    assert "Vervangen door" not in page(later)
