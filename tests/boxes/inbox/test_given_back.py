"""A form that cannot be taken gives back what was typed."""

import pytest
from django.test import Client
from django.urls import reverse

from boxes.models import Access, Draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(anna) -> str:
    """The address of a draft that Anna began."""
    return anna.post(reverse("inbox:begin", args=["john"]))["Location"]


def test_a_form_that_comes_after_the_sign_in_ended_is_given_back(anna, written):
    anna.logout()

    page = anna.post(
        written,
        {"to": "jill", "text": "Halverwege <b>"},
        headers={"referer": f"http://testserver{written}"},
    )

    assert page.status_code == 403
    assert "You are signed out." in page.text and "Halverwege &lt;b&gt;" in page.text
    assert f'href="/accounts/login/?next={written.replace("/", "%2F")}"' in page.text
    assert Draft.objects.get().subject == ""


def test_the_way_back_of_a_form_from_elsewhere_is_the_inbox(anna, written):
    anna.logout()

    page = anna.post(written, {"text": "x"}, headers={"referer": "https://evil.example/x"})

    assert 'next=%2Finbox%2F"' in page.text and "evil" not in page.text


def test_a_page_of_before_one_signed_in_anew_gives_back_what_was_typed(anna, written):
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    strict.force_login(anna.user)
    typed = {"text": "Halverwege <b>", "csrfmiddlewaretoken": "x" * 64}

    page = strict.post(written, typed, headers={"sec-fetch-site": "same-origin"})

    assert page.status_code == 403
    assert "You signed in anew" in page.text and "Halverwege &lt;b&gt;" in page.text


def test_another_site_cannot_put_its_words_on_a_page_of_ours(anna, written):
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    strict.force_login(anna.user)

    page = strict.post(written, {"text": "Bel 0900"}, headers={"sec-fetch-site": "cross-site"})

    assert page.status_code == 403 and "Bel 0900" not in page.text


def test_nor_by_the_door_for_files_of_a_box_that_is_shut(anna, written, jill):
    """That door looks later than others whether a form is ours."""
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    strict.force_login(anna.user)

    for box in ("john", "jill", "nobody"):
        page = strict.post(f"{written.replace('john', box)}/files", {"text": "Bel 0900"})
        assert page.status_code == 403 and "Bel 0900" not in page.text


def test_a_file_for_a_box_that_was_shut_meanwhile_gives_back_what_was_typed(anna, written):
    Access.objects.all().delete()

    page = anna.post(f"{written}/files", {"text": "Halverwege <b>"})

    assert page.status_code == 404 and "Halverwege &lt;b&gt;" in page.text


def test_a_script_hears_of_an_old_page_in_a_sentence(anna, written):
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    strict.force_login(anna.user)

    answer = strict.post(written, {"text": "x"}, headers={"x-background": "1"})

    assert answer.status_code == 403 and "You signed in anew" in answer.json()["closed"]
