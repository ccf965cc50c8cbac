"""A box's theme: what may stand in it, and the style sheet that it becomes."""

import json

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from boxes import theme

FULL = {
    "theme": "light",
    "font": "humanist",
    "font-size": 17,
    "bg": "#f4f7f4",
    "fg": "#112211",
    "muted": "#445544",
    "accent": "#0A6640",
    "accent-fg": "#fff",
    "border": "#ccd8cc",
    "radius": 4,
    "pad": 24,
    "max-width": 1100,
    "header": "compact",
}


def test_a_theme_becomes_a_style_sheet():
    sheet = theme.css(theme.decoded(theme.code_of(FULL)))

    assert "--mbx-accent: #0a6640;" in sheet
    assert "--mbx-font-size: 17px;" in sheet
    assert "Seravek" in sheet
    assert ".mbx-people { display: flex" in sheet
    assert "grid-template-columns: auto 1fr" in sheet  # each label beside its words


def test_a_theme_that_changes_nothing_has_no_style_sheet():
    assert theme.code_of({}) == theme.code_of({"theme": "dark"}) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"accent": "red;}body{background:url(https://evil.example)}"},
        {"accent": "url(https://evil.example)"},
        {"accent": "expression(alert(1))"},
        {"accent": "red"},
        {"accent": 7},
        {"font": "Comic Sans MS"},
        {"font": ["system"]},
        {"font-size": 11},
        {"font-size": "17px"},
        {"font-size": 17.5},
        {"font-size": True},
        {"radius": 17},
        {"pad": -1},
        {"header": "gone"},
        {"theme": "pink"},
        {"--mbx-alarm-bg": "#ffffff"},
        {"fg": "#ffffff", "bg": "#ffffff"},
        {"accent": "#ffff00"},
        {"accent": "#0a6640", "accent-fg": "#0a6640"},
        {"muted": "#999"},
        ["accent"],
        "accent",
    ],
    ids=json.dumps,
)
@pytest.mark.django_db
def test_what_is_no_theme_or_hard_to_read_is_refused(john, wrong):  # V76
    john.theme = wrong

    with pytest.raises(ValidationError) as refused:
        john.full_clean()
    assert len(refused.value.message_dict["theme"][0]) > 20
    assert theme.code_of(wrong) == ""


def test_contrast_is_that_of_wcag():
    assert theme.contrast("#000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.django_db
def test_a_whole_theme_is_accepted(john):
    john.theme = FULL
    john.full_clean()


@pytest.mark.parametrize("code", ["x", "e30x", "W10", "bnVsbA", "_" * 800, "W1tb" * 200])
def test_a_word_that_is_no_theme_is_no_address(client, code):
    assert client.get(f"/static-theme/{code}.css").status_code == 404


def test_the_style_sheet_may_be_kept_for_ever(client):
    response = client.get(f"/static-theme/{theme.code_of(FULL)}.css")

    assert response.content.decode() == theme.css(FULL)
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not response.cookies


def test_no_style_sheet_says_its_dark_colours_twice():
    """Both looks of a colour stand beside each other; ``color-scheme`` chooses."""
    sheets = sorted((settings.BASE_DIR / "static" / "css").glob("*.css"))

    assert len(sheets) > 5
    assert [path.name for path in sheets if "(prefers-color-scheme" in path.read_text()] == []
