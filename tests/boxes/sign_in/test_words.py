"""All that signing in says is said in Dutch too."""

import gettext
import re

import pytest
from django.conf import settings

FOLDERS = ("account", "mfa", "socialaccount")
SAID = re.compile(
    r'{% translate "(.*?)" %}'
    r"|{% blocktranslate[^%]*%}(.*?)(?:{% plural %}.*?)?{% endblocktranslate %}"
)
TEMPLATES = sorted(
    str(path.relative_to(settings.BASE_DIR / "templates"))
    for folder in FOLDERS
    for path in (settings.BASE_DIR / "templates" / folder).rglob("*.*")
)


@pytest.fixture(scope="module")
def dutch() -> gettext.NullTranslations:
    return gettext.translation("django", settings.LOCALE_PATHS[0], ["nl"])


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_sentence_has_a_dutch_one(template, dutch):
    text = (settings.BASE_DIR / "templates" / template).read_text()
    said = [
        re.sub(r"{{ (\w+) }}", r"%(\1)s", plain or block) for plain, block in SAID.findall(text)
    ]

    left = [
        sentence
        for sentence in said
        if sentence not in dutch._catalog and (sentence, 0) not in dutch._catalog
    ]

    assert left == []


def test_a_page_in_dutch_says_nothing_in_english(client, ann):
    page = client.post(
        "/accounts/login/",
        {"login": "ann", "password": "fout"},
        headers={"Accept-Language": "nl"},
    ).text

    assert '<html lang="nl"' in page
    assert "De gebruikersnaam of het wachtwoord klopt niet." in page
    for english in ("Sign in", "Password", "Username"):
        assert english not in page


def test_a_password_that_will_not_do_is_refused_in_dutch(client, ann):
    client.force_login(ann)

    page = client.post(
        "/accounts/password/change/",
        {"oldpassword": "x", "password1": "kort1", "password2": "kort1"},
        headers={"Accept-Language": "nl"},
    ).text

    assert "Dit wachtwoord is te kort. Het moet minstens 8 tekens lang zijn." in page
    assert "too short" not in page
