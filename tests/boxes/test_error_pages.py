"""What a person reads where no page could be made."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from messagebox.urls import handler400, handler403, handler404, handler500  # noqa: F401
from tests.boxes.admin.conftest import plain_static_files  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.boxes.test_error_pages")]


def read(request) -> HttpResponse:
    return HttpResponse(request.body)


def broken(request) -> HttpResponse:
    raise RuntimeError("whatever")


def forbidden(request) -> HttpResponse:
    raise PermissionDenied


def suspicious(request) -> HttpResponse:
    raise SuspiciousOperation("whatever")


urlpatterns = [
    path("read", read),
    path("broken", broken),
    path("forbidden", forbidden),
    path("suspicious", suspicious),
]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/nowhere", 404, "Op dit adres is geen pagina."),
        ("/broken", 500, "Geef uw beheerder het nummer"),
        ("/forbidden", 403, "Vraag uw beheerder als u het nodig hebt."),
        ("/suspicious", 400, "De browser vroeg iets waar geen antwoord op is."),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_page_of_ours(address, status, said):
    client = Client(raise_request_exception=False, headers={"accept-language": "nl"})

    page = client.get(address)

    assert page.status_code == status
    assert said in page.text
    assert '<html lang="nl"' in page.text and "whatever" not in page.text


def test_the_number_of_a_fault_is_that_of_the_log():
    client = Client(raise_request_exception=False)

    page = client.get("/broken")

    assert page["X-Request-ID"] in page.text


def test_what_is_too_large_is_said_to_be(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    page = Client(headers={"accept-language": "nl"}).post("/read", {"text": "x" * 100})

    assert page.status_code == 400 and "groter dan MessageBox in één keer" in page.text
