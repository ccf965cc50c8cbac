"""Where a request came from: only proxies of our own are believed."""

import pytest
from django.test import RequestFactory

from boxes.caller_address import caller_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "198.51.100.1"),
        (0, "192.0.2.7", "198.51.100.1"),
        (1, "192.0.2.7", "192.0.2.7"),
        (1, "10.0.0.1, 192.0.2.7", "192.0.2.7"),
        (2, "10.0.0.1, 192.0.2.7,  192.0.2.8", "192.0.2.7"),
        (2, "192.0.2.8", "198.51.100.1"),
        (1, "", "198.51.100.1"),
    ],
)
def test_only_our_own_proxies_are_believed(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}

    request = RequestFactory().get("/", REMOTE_ADDR="198.51.100.1", **headers)

    assert caller_address(request) == address
