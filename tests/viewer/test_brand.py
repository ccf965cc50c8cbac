"""Whose name and logo stand on the page of a message."""

import pytest

from boxes import tokens
from boxes.models import Brand

pytestmark = pytest.mark.django_db

LOGO = b"\x89PNG\r\n\x1a\nlogo"


@pytest.mark.parametrize("mode", ["page", "print"])
def test_the_name_and_logo_of_a_box_stand_with_its_messages(client, receive, address, john, mode):
    Brand.objects.create(box=john, name="Ooievaarsnest & <b>co", logo=LOGO)

    page = client.get(f"{address(receive())}&mode={mode}").content.decode()

    assert '<img src="data:image/png;base64,iVBORw0KGgpsb2dv" alt="">' in page
    assert "<bdi>Ooievaarsnest &amp; &lt;b&gt;co</bdi>" in page
    assert page.index("mbx-nobody") < page.index("mbx-brand")


def test_the_patient_stands_above_the_brand(client, receive, address, john, clinical_sample):
    Brand.objects.create(box=john, name="Ooievaarsnest")
    message = receive("application/vnd.edi.medlab+xml", clinical_sample)

    page = client.get(address(message)).content.decode()

    assert page.index('class="mbx-banner') < page.index('class="mbx-brand')


def test_a_message_that_a_vendor_opens_looks_as_the_vendor_wants(client, receive, john, john_key):
    Brand.objects.create(key=john_key.key, name="Voorbeeld-EPD", theme={"theme": "dark"})
    message = receive()
    token = tokens.mint_page(message, john_key.key.subject)

    page = client.get(f"/john/messages/{message.xuid}?jwt={token}").content.decode()

    assert "Voorbeeld-EPD" in page
    assert 'data-theme="dark"' in page


def test_a_fragment_and_an_error_page_bring_no_logo(client, receive, address, john):
    Brand.objects.create(box=john, name="Ooievaarsnest", logo=LOGO)
    message = receive()

    for url in (f"{address(message)}&mode=embed", address(message, now=1_600_000_000)):
        assert "mbx-brand" not in client.get(url).content.decode()


def test_a_page_without_a_brand_has_no_place_for_one(client, receive, address):
    assert "mbx-brand" not in client.get(address(receive())).content.decode()
