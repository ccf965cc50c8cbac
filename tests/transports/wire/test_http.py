import pytest

from tests.fakes.certificates import Authority
from tests.fakes.http import CUT, GARBAGE, STALL, TRUNCATED, HttpFake, Reply
from transports.wire.faults import Doubt, Fault
from transports.wire.http import NotPublic, Site, call, refuse_private

LARGE = b"x" * 3_000_000


class Echo(HttpFake):
    def answer(self, request):
        return Reply(201, b'{"size": %d}' % len(request.body), headers={"X-Word": "yes"})


@pytest.fixture
def echo():
    with Echo() as fake:
        yield fake


def site(fake, **changes) -> Site:
    fields = {"name": "Echo", "url": fake.url, "origin": "the account", "timeout": 5}
    return Site(**{**fields, **changes})


def test_an_answer_comes_back_whatever_its_status(echo):
    answer = call(site(echo), "POST", "v1/send", query=[("token", "a b")], body=LARGE)

    assert answer.status == 201
    assert answer.json() == {"size": len(LARGE)}
    assert answer.headers["x-word"] == "yes"
    [request] = echo.requests
    assert (request.path, request.query) == ("/v1/send", {"token": "a b"})
    assert request.headers["content-length"] == str(len(LARGE))


def test_a_redirect_is_an_answer_and_is_not_followed(echo):
    echo.fail("body", "302 Elsewhere")

    assert call(site(echo), "POST", body=b"x").status == 302
    assert len(echo.requests) == 1


@pytest.mark.parametrize("stage", ["connect", "headers"])
@pytest.mark.parametrize("says", [CUT, STALL])
def test_what_fails_before_the_end_of_the_body_was_not_taken(echo, stage, says):
    echo.fail(stage, says)

    with pytest.raises(Fault, match=r"Echo could not be reached: .* Check the account"):
        call(site(echo, timeout=0.5), "POST", body=b"x" * 30_000_000)


@pytest.mark.parametrize("says", [CUT, STALL, GARBAGE, TRUNCATED])
def test_what_fails_after_the_body_is_a_doubt(echo, says):
    echo.fail("body", says)

    with pytest.raises(Doubt, match="Echo may have taken the message"):
        call(site(echo, timeout=2), "POST", body=b"x")


@pytest.mark.parametrize("says", [CUT, STALL, GARBAGE, TRUNCATED])
def test_a_question_leaves_no_doubt(echo, says):
    echo.fail("body", says)

    with pytest.raises(Fault):
        call(site(echo, timeout=1), "GET", repeatable=True)


def test_a_call_without_a_body_can_leave_a_doubt(echo):
    echo.fail("body", CUT)

    with pytest.raises(Doubt):
        call(site(echo), "DELETE", "thing")


def test_an_answer_before_the_end_of_the_body_is_the_answer(echo):
    echo.fail("headers", "413 Too large")

    assert call(site(echo), "POST", body=LARGE).status == 413


def test_an_answer_without_an_end_is_not_read_to_its_end(echo):
    with pytest.raises(Fault, match="cannot be read"):
        call(site(echo), "GET", repeatable=True, longest_answer=4)


def test_nobody_there_is_a_fault(echo):
    url = echo.url
    echo.__exit__()

    with pytest.raises(Fault, match="does not take connections"):
        call(Site("Echo", url, "the account"), "POST", body=b"x")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("expired", "certificate has expired"),
        ("other host", "is not valid for"),
        ("unknown authority", "unable to get local issuer"),
    ],
)
def test_a_certificate_that_is_not_to_be_trusted_gets_nothing(tmp_path, kind, words):
    authority = Authority(tmp_path)
    with Echo(context=authority.context(kind)) as fake:
        with pytest.raises(Fault, match=words):
            call(site(fake, ca_file=str(authority.ca_file)), "POST", body=b"secret")

        assert fake.requests == []


def test_a_sound_certificate_is_trusted(tmp_path):
    authority = Authority(tmp_path)
    with Echo(context=authority.context()) as fake:
        assert call(site(fake, ca_file=str(authority.ca_file)), "POST", body=b"x").status == 201


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.org/", "over https only"),
        ("ftp://example.org/", "no web address"),
        ("https:///nothing", "no web address"),
        ("https://exam ple.org/", "no web address"),
        ("https://example.org:99999/", "no web address"),
        ("https://[::1/", "no web address"),
        ("", "no web address"),
    ],
)
def test_what_is_no_address_to_call_is_refused_with_a_sentence(url, words):
    with pytest.raises(Fault, match=words):
        call(Site("Echo", url, "the account"), "GET")


def test_a_private_network_is_out_of_reach_for_addresses_that_a_sender_chose(echo):
    with pytest.raises(Fault, match="lies in a private network") as refused:
        call(site(echo, private=False), "POST", body=b"x")

    assert refused.value.permanent
    assert echo.requests == []


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.1.2.3 192.168.0.1 172.16.0.9 169.254.169.254 100.64.0.1 0.0.0.0 ::1 fe80::1%eth0 "
    "fc00::1 ::ffff:10.0.0.1 2002:0a00:0001:: 224.0.0.1 ff02::1 64:ff9b:1::1".split(),
)
def test_each_kind_of_private_address_is_known(address):
    with pytest.raises(NotPublic):
        refuse_private(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_public_addresses_pass(address):
    refuse_private(address)
