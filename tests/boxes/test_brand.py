"""Name and logo of a box, or of the software that opens its messages."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from boxes.logo import LARGEST, SHOWN, redrawn
from boxes.models import Brand, User
from boxes.theme import faults

pytestmark = pytest.mark.django_db


def picture(size=(60, 20), form="PNG", colour="red", **more) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, form, **more)
    return target.getvalue()


@pytest.fixture
def look(john, john_key):
    return lambda caller=None: Brand.objects.look(john, caller or john_key.key)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_logo_is_drawn_anew_as_png(form):
    exif = Image.Exif()
    exif[0x010E] = "geheim"

    found = redrawn(picture(form=form, exif=exif))

    assert found.startswith(b"\x89PNG")
    assert b"geheim" not in found
    assert Image.open(io.BytesIO(found)).size == (60, 20)


def test_a_large_logo_becomes_as_large_as_it_is_shown():
    with Image.open(io.BytesIO(redrawn(picture((3000, 500))))) as image:
        assert image.size == (SHOWN[0], 80)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"x" * (LARGEST + 1), "100 KiB"),
        (picture((4001, 10)), "4000 pixels"),
        (picture(form="GIF"), "PNG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "PNG or WebP"),
        (picture()[:50], "PNG or WebP"),
        (b"", "PNG or WebP"),
    ],
)
def test_what_is_no_logo_is_refused_with_what_to_mend(settings, content, told):
    settings.LANGUAGE_CODE = "en"

    with pytest.raises(ValidationError) as refused:
        redrawn(content)

    assert told in refused.value.message


def test_the_brand_of_the_software_comes_before_that_of_the_box(john, john_key, look):
    Brand.objects.create(box=john, name="Ooievaarsnest", logo=b"box")

    assert (look().name, look().logo) == ("Ooievaarsnest", b"box")

    Brand.objects.create(key=john_key.key, name="Voorbeeld-EPD", theme={"accent": "#0a6640"})

    assert (look().name, look().logo) == ("Voorbeeld-EPD", b"box")
    assert look().theme == {"accent": "#0a6640"}
    person = User.objects.create_user("iemand")
    assert look(person).name == "Ooievaarsnest"
    assert look(person).theme == {}


def test_two_themes_that_would_be_hard_to_read_together_are_not_mixed(john, john_key, look):
    john.theme = {"bg": "#dddddd", "radius": 3}
    Brand.objects.create(key=john_key.key, theme={"accent": "#005a2b"})

    assert look().theme == {"bg": "#dddddd", "radius": 3, "accent": "#005a2b"}

    Brand.objects.update(theme={"muted": "#6b6b6b"})

    assert faults({"muted": "#6b6b6b"}) == faults(john.theme) == []
    assert look().theme == {"muted": "#6b6b6b"}


@pytest.mark.parametrize("whose", ["nobody", "both"])
def test_a_brand_is_of_one_box_or_of_one_key(john, john_key, whose):
    owners = {"nobody": {}, "both": {"box": john, "key": john_key.key}}[whose]

    with pytest.raises(ValidationError):
        Brand(name="Wij", **owners).full_clean()


def test_a_theme_with_faults_or_beside_a_box_is_refused(john, john_key):
    for brand in (
        Brand(key=john_key.key, theme={"accent": "red;}body{"}),
        Brand(key=john_key.key, theme={"fg": "#fff", "bg": "#fff"}),
        Brand(box=john, theme={"radius": 3}),
    ):
        with pytest.raises(ValidationError) as refused:
            brand.full_clean()
        assert "theme" in refused.value.message_dict


def test_a_logo_is_uploaded_seen_and_taken_away_in_the_admin(john, settings):
    # Names of files without a hash, so that they need not be collected first.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="een-lang-wachtwoord"))
    form = {"box": john.pk, "name": "Ooievaarsnest", "theme": "{}"}

    client.post(
        "/admin/boxes/brand/add/",
        {**form, "upload": SimpleUploadedFile("logo.png", picture())},
    )

    brand = Brand.objects.get()
    page = f"/admin/boxes/brand/{brand.pk}/change/"
    assert bytes(brand.logo).startswith(b"\x89PNG")
    assert "data:image/png;base64," in client.get(page).content.decode()

    client.post(page, form)
    assert Brand.objects.get().logo
    client.post(page, {**form, "without_logo": "on"})
    assert not Brand.objects.get().logo
