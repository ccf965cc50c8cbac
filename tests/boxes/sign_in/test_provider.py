"""Signing in at the organization's provider, a real one on a socket."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from boxes.models import Access, GroupAccess, GroupRight, LogEntry, User
from boxes.sign_in.providers import read_providers
from tests.boxes.sign_in.conftest import PASSWORD, entries, sets_up_an_app, signs_in
from tests.fakes.certificates import KINDS, Authority
from tests.fakes.http import HttpFake, Reply, Request
from tests.fakes.oidc import Provider

BEGIN = "/accounts/oidc/zorggroep/login/"
NONE = dict.fromkeys("url name client_id client_secret scope groups_claim user_claim".split(), "")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture(autouse=True)
def set_up(settings, provider) -> None:
    settings.OIDC_PROVIDERS = read_providers(json.dumps([provider.settings()]), NONE)


@pytest.fixture
def ann(ann) -> User:
    """As an administrator makes her for the provider."""
    ann.set_unusable_password()
    ann.save()
    return ann


def signs_in_there(client: Client, provider: Provider, sub: str, where: str = "", **begin):
    """The whole way round; returns the answer to the provider's callback."""
    where = where or client.get(BEGIN, begin)["Location"]
    callback = urlsplit(provider.signs_in(sub, where))
    return client.get(f"{callback.path}?{callback.query}")


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def test_a_person_signs_in_at_the_organization(ann, browser, provider):
    provider.knows("a-1", preferred_username="ann", name="Ann Jansen")

    answer = signs_in_there(browser, provider, "a-1", next="/admin/boxes/box/")

    assert answer["Location"] == "/admin/boxes/box/"
    assert is_in(browser)
    assert entries() == [("provider tied", "zorggroep"), ("sign in", "zorggroep")]


def test_the_sign_in_page_offers_the_organization(ann, browser, provider):
    page = browser.get("/accounts/login/?next=/admin/boxes/box/").text

    assert "Sign in with Zorggroep De Linde" in page
    assert f'href="{BEGIN}?next=/admin/boxes/box/"' in page


def test_where_passwords_are_switched_off_the_organization_still_lets_in(
    ann, browser, provider, settings
):
    settings.LOCAL_PASSWORDS = False
    ann.set_password(PASSWORD)
    ann.save()
    provider.knows("a-2", preferred_username="ann")

    assert signs_in(Client()).status_code == 200
    assert signs_in_there(browser, provider, "a-2").status_code == 302
    assert is_in(browser)


def test_who_has_a_password_here_is_not_given_to_who_took_the_name_there(ann, browser, provider):
    ann.set_password(PASSWORD)
    ann.save()
    provider.knows("thief", preferred_username="Ann")

    answer = signs_in_there(browser, provider, "thief")

    assert answer.status_code == 403 and "signs in with a password here" in answer.text
    assert not is_in(browser) and not SocialAccount.objects.exists()
    assert ("user_has_password", "Ann") in entries()


def test_who_signed_in_there_needs_no_second_factor_here(ann, browser, provider, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    provider.knows("a-3", preferred_username="ann")

    signs_in_there(browser, provider, "a-3")

    assert is_in(browser)


def test_who_has_a_second_factor_here_shows_it_all_the_same(ann, browser, provider):
    client = Client()
    client.force_login(ann)
    sets_up_an_app(client)
    provider.knows("a-4", preferred_username="ann")

    answer = signs_in_there(browser, provider, "a-4")

    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(browser)


def test_who_is_unknown_here_reads_that_and_becomes_no_user(db, browser, provider):
    provider.knows("eve-1", preferred_username="eve")

    answer = signs_in_there(browser, provider, "eve-1")

    assert answer.status_code == 403
    assert "nobody here is called “eve”" in answer.text
    assert not User.objects.exists()
    assert entries() == [("user_unknown", "eve")]


def test_who_has_no_name_there_is_nobody(ann, browser, provider):
    User.objects.create(username="")
    provider.knows("nameless", email="ann@example.org")

    answer = signs_in_there(browser, provider, "nameless")

    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()


def test_two_users_whose_names_differ_in_capitals_are_not_guessed_between(ann, browser, provider):
    User.objects.create_user("Ann")
    provider.knows("a-11", preferred_username="ann")

    assert signs_in_there(browser, provider, "a-11").status_code == 403
    assert not SocialAccount.objects.exists()


def test_a_name_that_the_organization_gives_to_another_person_opens_nothing(ann, browser, provider):
    provider.knows("first-ann", preferred_username="ann")
    provider.knows("second-ann", preferred_username="ann")
    signs_in_there(Client(), provider, "first-ann")

    answer = signs_in_there(browser, provider, "second-ann")

    assert answer.status_code == 403
    assert "belongs to another person" in answer.text
    assert not is_in(browser)


def test_another_provider_does_not_get_hold_of_a_user_who_is_tied(ann, browser, provider):
    SocialAccount.objects.create(user=ann, provider="elsewhere", uid="a-4")
    provider.knows("a-4b", preferred_username="ann")

    answer = signs_in_there(browser, provider, "a-4b")

    assert answer.status_code == 403
    assert not is_in(browser)
    assert SocialAccount.objects.get().provider == "elsewhere"


def test_who_was_tied_stays_so_when_the_name_there_changes(ann, browser, provider):
    provider.knows("a-5", preferred_username="ann")
    signs_in_there(Client(), provider, "a-5")
    provider.knows("a-5", preferred_username="ann.jansen")

    signs_in_there(browser, provider, "a-5")

    assert is_in(browser)


def test_a_user_who_was_switched_off_stays_out(ann, browser, provider):
    provider.knows("a-6", preferred_username="ann")
    User.objects.update(is_active=False)

    answer = signs_in_there(browser, provider, "a-6")

    assert answer["Location"] == "/accounts/inactive/"
    assert not is_in(browser)


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(ann, browser, provider):
    """Someone lets another follow the end of a sign-in of their own."""
    provider.knows("a-7", preferred_username="ann")
    where = Client().get(BEGIN)["Location"]

    answer = signs_in_there(browser, provider, "a-7", where)

    assert "did not succeed" in answer.text
    assert not is_in(browser)
    assert entries()[0][0] == "provider_failed"


def test_an_answer_counts_once(ann, browser, provider):
    provider.knows("a-8", preferred_username="ann")
    where = browser.get(BEGIN)["Location"]
    callback = urlsplit(provider.signs_in("a-8", where))
    browser.get(f"{callback.path}?{callback.query}")
    browser.post("/accounts/logout/")

    browser.get(f"{callback.path}?{callback.query}")

    assert not is_in(browser)


def test_a_token_made_for_another_sign_in_is_refused(ann, browser, provider):
    provider.knows("a-9", preferred_username="ann")
    where = browser.get(BEGIN)["Location"]

    answer = signs_in_there(browser, provider, "a-9", re.sub(r"nonce=[^&]+", "nonce=x", where))

    assert answer.status_code == 403
    assert "does not belong to this sign-in" in answer.text
    assert not is_in(browser)
    assert entries() == [("provider_answer_stray", "")]


def test_a_code_that_the_provider_does_not_know_is_refused(ann, browser, provider):
    provider.knows("a-10", preferred_username="ann")
    where = browser.get(BEGIN)["Location"]
    callback = urlsplit(provider.signs_in("a-10", where))
    query = re.sub(r"code=[^&]+", "code=guessed", callback.query)

    answer = browser.get(f"{callback.path}?{query}")

    assert "did not succeed" in answer.text
    assert not is_in(browser)


def test_who_says_no_there_reads_that_nothing_happened(ann, browser, provider):
    where = browser.get(BEGIN)["Location"]
    callback = urlsplit(provider.refuses(where))

    state = re.search(r"state=([^&]+)", where)[1]
    answer = browser.get(f"{callback.path}?error=access_denied&state={state}", follow=True)

    assert "You stopped signing in" in answer.text
    assert not is_in(browser)


def test_a_provider_that_is_gone_is_said_so(ann, browser, settings):
    gone = {"url": "http://127.0.0.1:9", "client_id": "a", "client_secret": "b", "id": "zorggroep"}
    settings.OIDC_PROVIDERS = read_providers(json.dumps([gone]), NONE)

    answer = browser.get(BEGIN)

    assert "did not succeed" in answer.text
    assert entries()[0][0] == "provider_failed"


def test_a_provider_that_answers_something_else_is_said_so(ann, browser, settings, provider):
    other = {"url": f"{provider.url}/jwks/.well-known/none", "client_id": "a"}
    settings.OIDC_PROVIDERS = read_providers(
        json.dumps([{**other, "client_secret": "b", "id": "zorggroep"}]), NONE
    )

    assert "did not succeed" in browser.get(BEGIN).text


class Elsewhere(HttpFake):
    """What a provider tells of itself, over https."""

    def answer(self, request: Request) -> Reply:
        names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
        return Reply(body=json.dumps({name: f"{self.url}{name}" for name in names}).encode())


@pytest.mark.parametrize("certificate", KINDS)
def test_only_a_provider_that_shows_a_certificate_we_trust_is_asked(
    browser, db, settings, tmp_path, certificate
):
    authority = Authority(tmp_path)
    settings.OIDC_CA_FILE = str(authority.ca_file)
    with Elsewhere(context=authority.context(certificate)) as elsewhere:
        given = {"url": elsewhere.url, "client_id": "a", "client_secret": "b", "id": "zorggroep"}
        settings.OIDC_PROVIDERS = read_providers(json.dumps([given]), NONE)

        answer = browser.get(BEGIN)

    if certificate == "sound":
        assert answer["Location"].startswith(f"{elsewhere.url}authorization_endpoint?")
    else:
        assert "did not succeed" in answer.text
        assert entries()[0][0] == "provider_failed"


def test_a_provider_that_nobody_set_is_not_there(browser, db):
    assert browser.get("/accounts/oidc/other/login/").status_code == 404
    assert browser.get("/accounts/oidc/other/login/callback/").status_code == 404


def test_the_request_to_the_provider_is_bound_to_this_browser(browser, db):
    where = browser.get(BEGIN)["Location"]

    for part in ("state=", "nonce=", "code_challenge=", "code_challenge_method=S256"):
        assert part in where


def test_groups_give_rights_and_take_only_their_own_away(ann, provider, john, jill):
    Access.objects.create(box=john, user=ann, send=True)
    GroupRight.objects.create(group="doctors", box=john, read=True)
    GroupRight.objects.create(group="doctors", box=jill, provider="zorggroep", read=True)
    GroupRight.objects.create(group="doctors", box=jill, provider="elsewhere", manage=True)

    provider.knows("g-1", preferred_username="ann", groups=["doctors", "others"])
    signs_in_there(Client(), provider, "g-1")
    held = rights_of(ann)
    provider.knows("g-1", preferred_username="ann", groups=[])
    signs_in_there(Client(), provider, "g-1")

    assert held == {"john": "read send", "jill": "read"}
    assert rights_of(ann) == {"john": "send"}
    assert not GroupAccess.objects.exists()
    told = LogEntry.objects.filter(action="access by groups").order_by("id")
    assert list(told.values_list("box_name", "detail")) == [
        ("john", "+read"),
        ("jill", "+read"),
        ("john", "−read"),
        ("jill", "−read"),
    ]


def test_a_right_given_by_hand_meanwhile_stays(ann, provider, john):
    GroupRight.objects.create(group="doctors", box=john, read=True)
    provider.knows("g-2", preferred_username="ann", groups="doctors")
    signs_in_there(Client(), provider, "g-2")
    Access.objects.filter(user=ann).update(send=True)

    provider.knows("g-2", preferred_username="ann")
    signs_in_there(Client(), provider, "g-2")

    assert rights_of(ann) == {"john": "send"}


def test_the_same_groups_again_write_nothing(ann, provider, john):
    GroupRight.objects.create(group="doctors", box=john, read=True)
    provider.knows("g-3", preferred_username="ann", groups=["doctors"])
    signs_in_there(Client(), provider, "g-3")
    signs_in_there(Client(), provider, "g-3")

    assert LogEntry.objects.filter(action="access by groups").count() == 1


def test_the_rights_of_groups_are_kept_in_the_admin(ann, browser, john):
    browser.force_login(ann)

    browser.post("/admin/boxes/groupright/add/", {"group": "doctors", "box": john.pk, "read": "on"})

    row = GroupRight.objects.get()
    assert (row.group, row.box, row.read, row.send) == ("doctors", john, True, False)
    assert browser.get("/admin/boxes/groupright/").status_code == 200


def test_who_signs_in_there_gets_no_password_by_mail(ann, browser, settings, mailoutbox):
    settings.MAIL_DOMAIN = "messagebox.example"
    ann.set_unusable_password()
    ann.save()

    browser.post("/accounts/password/reset/", {"email": "ann@example.org"})

    assert mailoutbox == []


def rights_of(user: User) -> dict[str, str]:
    names = ("read", "send", "deliver", "manage")
    return {
        row.box.name: " ".join(name for name in names if getattr(row, name))
        for row in Access.objects.filter(user=user)
    }


@pytest.mark.parametrize(
    ("text", "only", "sentence"),
    [
        ("{", {}, "OIDC_PROVIDERS is not JSON"),
        ("{}", {}, "is a JSON list of objects"),
        ('[{"url": "https://a.example"}]', {}, "has no “client_id”"),
        ('[{"colour": "red"}]', {}, "“colour” is no setting"),
        (
            '[{"url": "http://a.example", "client_id": "a", "client_secret": "b"}]',
            {},
            "is reached by https, not by http://a.example",
        ),
        (
            '[{"id": "A b", "url": "https://a.example", "client_id": "a", "client_secret": "b"}]',
            {},
            "not “A b”",
        ),
        ("[]", {"url": "https://a.example"}, "and not both"),
        (
            json.dumps(2 * [{"url": "https://a.nl", "client_id": "a", "client_secret": "b"}]),
            {},
            "an id of its own",
        ),
    ],
)
def test_settings_of_a_provider_that_cannot_be_are_refused(text, only, sentence):
    with pytest.raises(ImproperlyConfigured, match=re.escape(sentence)):
        read_providers(text, {**NONE, **only})


def test_one_provider_needs_no_json():
    given = {"url": "https://a.example/realm/", "client_id": "a", "client_secret": "b"}

    [provider] = read_providers("", {**NONE, **given})

    assert provider["provider_id"] == "organization"
    assert provider["settings"]["server_url"] == "https://a.example/realm"
    assert provider["settings"]["groups_claim"] == "groups"
