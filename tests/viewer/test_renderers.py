"""Each type as its reader sees it, and the ladder below."""

import re

import pytest

from viewer import renderers
from viewer.jobs import CARD, FULL, SIMPLE, SOURCE, Job


def shown(content_type, content, **more):
    content = content.encode() if isinstance(content, str) else content
    return renderers.render(Job(content, content_type, more.pop("size", len(content)), **more))


def words(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def codes(rendered):
    return [notice.code for notice in rendered.notices]


class TestText:
    def test_lines_stay_lines_and_markup_is_text(self):
        html = shown("text/plain", "een\r\ntwee\rdrie <b>&amp;").html

        assert "een\ntwee\ndrie &lt;b&gt;&amp;amp;" in html

    def test_an_address_is_a_link_without_the_full_stop_behind_it(self):
        html = shown(
            "text/plain", "zie https://a.example/x?y=1&z=2. of a@b.example, (https://c.example)"
        ).html

        assert re.findall(r'href="([^"]*)"', html) == [
            "https://a.example/x?y=1&amp;z=2",
            "mailto:a@b.example",
            "https://c.example",
        ]
        assert html.count('rel="noopener noreferrer nofollow"') == 3

    @pytest.mark.parametrize(
        "text",
        [
            'a@a.co?]<img/src="x"/onerror=alert(1)>',  # V47
            "##str_replacement_0##",  # V48
            "˱˱˱a href=ˠˠˠjavascript:alert(1)ˠˠˠ˲˲˲",
            "javascript:alert(1)",
            'https://a.example/"onmouseover=alert(1)',
            "{{ settings.SECRET_KEY }}{% include 'x' %}",
        ],
    )
    def test_what_looks_like_code_is_literal_text(self, text):
        html = shown("text/plain", text).html

        assert not re.search(r"<(img|script)|<[^>]*\son", html)
        assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', html))
        assert text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(
            '"', "&quot;"
        ).replace("'", "&#x27;") in re.sub(r"</?a[^>]*>", "", html)

    def test_characters_without_a_face_are_marked(self):  # V49
        rendered = shown("text/plain", "a\u202eb\x00c\x1b[31md\x7fe\u00adf")

        assert "marks_shown" in codes(rendered)
        assert "\u202e" not in rendered.html
        assert "\x00" not in rendered.html
        for face in ("U+202E", "␀", "␛", "␡", "U+00AD"):
            assert f">{face}</span>" in rendered.html

    def test_a_long_line_is_cut_and_both_ends_say_so(self):  # V50
        line = "x" * 300_000
        rendered = shown("text/plain", line[: 256 * 1024], size=10 * 1024 * 1024)

        assert codes(rendered) == ["truncated"]
        assert "256 kB" in rendered.notices[0].text
        assert "10240 kB" in rendered.html

    def test_columns_of_spaces_keep_a_fixed_width(self, sample):
        assert "mbx-mono" in shown("text/plain", "naam    waarde   eenheid\n" * 5).html
        assert "mbx-mono" not in shown("text/plain", "Beste collega,\n" * 5).html

    @pytest.mark.parametrize(
        ("declared", "content", "text", "notice"),
        [
            ("", "café".encode(), "café", []),
            ("; charset=iso-8859-1", "café".encode("latin-1"), "café", []),
            ("; charset=utf-8", "café".encode("windows-1252"), "café", ["charset_wrong"]),
            ("", "caf\u00e9 \u20ac".encode("windows-1252"), "café €", ["charset_guessed"]),
            ("; charset=utf-7", b"+ADw-script+AD4-", "+ADw-script+AD4-", []),
            ("", "café".encode("utf-16"), "café", []),
        ],
    )
    def test_letters_are_read_as_they_were_written(self, declared, content, text, notice):
        rendered = shown(f"text/plain{declared}", content)

        assert text in rendered.html
        assert codes(rendered) == notice

    def test_a_program_that_is_called_text_is_a_card(self):
        rendered = shown("text/plain", b"%PDF-1.4\n\x00\x01\x02")

        assert rendered.view == CARD
        assert "binary" in codes(rendered)


class TestMarkdown:
    def test_the_sample_is_laid_out(self, sample):
        rendered = shown("text/markdown", sample("text-markdown/full.md"))

        assert rendered.view == FULL
        assert rendered.notices == ()
        for markup in (
            "<h1>Overdracht kraambed</h1>",
            "<th style=",
            "<blockquote>",
            "<s>Controle dag 5</s>",
        ):
            assert markup in rendered.document

    @pytest.mark.parametrize(
        "text",
        [
            "[klik](javascript:alert(1))",
            "<javascript:alert(1)>",
            "[klik][a]\n\n[a]: data:text/html,x",
            "<script>alert(1)</script>",
            "![beeld](https://evil.example/x.gif)",
            "<img src=x onerror=alert(1)>",
        ],
    )
    def test_nothing_in_it_acts(self, text):  # V51
        rendered = shown("text/markdown", f"voor\n\n{text}\n\nna")
        html = rendered.document or rendered.html

        assert not re.search(r"<(script|img)|<[^>]*\son|(href|src)=\"(javascript|data)", html)
        assert "voor" in html
        assert "na" in html

    def test_what_lies_deep_is_not_lost(self):  # V52
        rendered = shown("text/markdown", ">" * 30 + " kalium 7.2")

        assert "kalium 7.2" in rendered.document

    def test_what_lies_deeper_still_is_shown_as_text(self):
        rendered = shown("text/markdown", ">" * 150 + " kalium 7.2")

        assert rendered.view == SIMPLE
        assert "kalium 7.2" in rendered.html
        assert "failed" in codes(rendered)

    def test_a_short_text_that_makes_a_long_page_is_shown_as_text(self):
        text = f"[a]: https://a.example/{'x' * 1900}\n\n" + "[a] " * 5000
        rendered = shown("text/markdown", text)

        assert rendered.view == SIMPLE
        assert "too_large" in codes(rendered)

    def test_plain_shows_the_signs(self):
        assert "**vet**" in shown("text/markdown", "**vet**", plain=True).html


class TestHtml:
    def test_the_sample_loses_its_looks_and_no_word(self, sample):
        rendered = shown("text/html", sample("text-html/full.html"))

        assert codes(rendered) == ["looks_removed"]
        assert "Anti-c antistoffen, titer 1:8" in rendered.document
        assert 'src="data:image/png;base64,' in rendered.document
        assert rendered.document.count("Consultverslag") == 1

    def test_plain_shows_the_words_only(self, sample):
        rendered = shown("text/html", sample("text-html/full.html"), plain=True)

        assert rendered.document == ""
        assert "Patiënte\tS.J. Duinmeijer" in rendered.html

    def test_past_its_limits_the_words_are_shown(self):
        rendered = shown("text/html", "<div>" * 300 + "kalium 7.2")

        assert rendered.view == SIMPLE
        assert codes(rendered) == ["too_deep"]
        assert "kalium 7.2" in rendered.html

    def test_what_was_done_is_told(self):
        rendered = shown(
            "text/html",
            "<p hidden>a</p><script>1</script><template>weg</template><img src=https:/"
            "/x.example/y>",
            language="nl",
        )

        assert codes(rendered) == [
            "text_missing",
            "images_refused",
            "parts_removed",
            "hidden_shown",
        ]
        assert rendered.notices[0].weight == "warning"
        assert rendered.notices[1].text == "Afbeeldingen niet geladen: 1."


class TestXml:
    def test_any_xml_is_a_tree_with_its_source(self, sample):
        rendered = shown("text/xml", sample("text-xml/full.xml"))
        text = words(rendered.html)

        assert rendered.view == FULL
        assert "uitwisseling tussen twee applicaties" in text
        assert "k:afzender agb = 08999904 Verloskundigenpraktijk Ooievaarsnest" in text
        assert "Protocol 2024 &amp; eigen wens" in text
        assert "&lt;?xml version" in rendered.html

    @pytest.mark.parametrize(
        "content",
        [
            '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;">]><a>&m;</a>',  # V53
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',  # V54
            '<!DOCTYPE a SYSTEM "http://evil.example/x.dtd"><a/>',
            "<a>",
            "geen xml",
            "<a/><b/>",
        ],
    )
    def test_what_is_no_plain_xml_is_shown_as_source(self, content):
        rendered = shown("text/xml", content)

        assert rendered.view == SOURCE
        assert "root:" not in rendered.html
        assert (
            content.replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace('"', "&quot;")
            in rendered.html
        )

    def test_a_style_sheet_instruction_is_text(self):  # V55
        rendered = shown("text/xml", '<?xml-stylesheet type="text/xsl" href="x.xsl"?><a>b</a>')

        assert "&lt;?xml-stylesheet type=&quot;text/xsl&quot;" in rendered.html

    @pytest.mark.parametrize(
        "content",
        ["<a>" * 200_000 + "</a>" * 200_000, "<r>" + "<a/>" * 1_000_000 + "</r>"],
        ids=["deep", "many"],
    )
    def test_too_much_xml_is_shown_as_source(self, content):  # V56
        assert shown("text/xml", content).view == SOURCE

    def test_markup_in_every_place_is_text(self):
        rendered = shown(
            "text/xml",
            "<a b='&lt;img src=x onerror=alert(1)&gt;'>&lt;script&gt;1&lt;/script&gt;</a>",
        )

        assert not re.search(r"<(img|script)", rendered.html)


class TestLaboratoryReport:
    KIND = "application/vnd.edi.medlab+xml"

    @pytest.fixture
    def report(self, clinical_sample):
        return shown(self.KIND, clinical_sample, language="nl")

    def test_the_banner_names_the_patient_in_the_agreed_order(self, report):
        assert re.match(
            r"DUINMEIJER – van der KLAVER, Sanne \(mw\. S\.J\.\) Geboren 14 mrt 1991 \(\d\d jr\) "
            r"Geslacht Vrouw BSN 9999 90 032",
            words(report.banner),
        )

    def test_what_is_abnormal_stands_first_with_its_number(self, report):
        text = words(report.summary)

        assert "18 van 41 uitslagen afwijkend" in text
        assert "↓ laag Hemoglobine 6.4 mmol/l" in text

    def test_a_result_is_on_one_row_exactly_as_received(self, report):
        rows = [words(row) for row in re.findall(r"<tr.*?</tr>", report.html, re.DOTALL)]

        assert "Hemoglobine HB B 6.4 mmol/l 7.5 – 10.0 ↓ laag" in rows
        assert "MCH MCH B 1.64 fmol 1.70 – 2.10 ↓ laag" in rows
        assert any(
            row.startswith("Kalium K B 3.4 mmol/l 3.5 – 5.0 ↓ laag gecorrigeerd") for row in rows
        )
        assert any(row.startswith("HIV Ag/As combo volgt nog") for row in rows)

    def test_nothing_of_the_message_is_missing(self, report, clinical_sample):
        text = words(report.banner + report.summary + report.html)

        for value in re.findall(rb">([^<>]{3,})<", clinical_sample):
            for word in re.findall(r"[^\W\d_]{4,}", value.decode()):
                assert word.casefold() in text.casefold(), word

    def test_markup_in_a_value_is_text(self, clinical_sample):  # V57
        attack = b"&lt;img src=x onerror=alert(1)&gt;"
        for place in (b"mmol/l", b"Hemoglobine", b"Duinmeijer", b"Streeklab Duinrand", b"HB   B"):
            rendered = shown(self.KIND, clinical_sample.replace(place, attack))
            assert not re.search(r"<img", rendered.banner + rendered.summary + rendered.html)

    def test_a_flag_that_the_limits_contradict_is_marked(self, clinical_sample):
        changed = clinical_sample.replace(b"<bepaling.uitslag>6.4<", b"<bepaling.uitslag>8.4<", 1)
        rendered = shown(self.KIND, changed, language="nl")

        assert "flags_differ" in codes(rendered)
        assert "↓ laag ≠ grenswaarden" in words(rendered.html)

    def test_a_flag_that_the_sender_forgot_is_computed_and_marked(self, clinical_sample):
        changed = clinical_sample.replace(
            b"<bepaling.normaalwaardeindicatie>&lt;</bepaling.normaalwaardeindicatie>", b"", 1
        )
        text = words(shown(self.KIND, changed, language="nl").html)

        assert (
            "Hemoglobine HB B 6.4 mmol/l 7.5 – 10.0 ↓ onder de grenswaarden ≠ grenswaarden" in text
        )

    def test_a_patient_who_cannot_be_is_shown_as_received_with_marks(self, clinical_sample):  # V58
        changed = clinical_sample.replace(b"BSN999990032", b"BSN999990033").replace(
            b"1991-03-14", b"1991-02-31"
        )
        rendered = shown(self.KIND, changed, language="nl")
        banner = words(rendered.banner)

        assert "9999 90 033 (voldoet niet aan de 11-proef)" in banner
        assert "1991-02-31 (geen mogelijke datum)" in banner
        assert "patient_incomplete" in codes(rendered)

    def test_a_message_without_a_patient_says_so(self):
        rendered = shown(self.KIND, b"<MEDLAB_1><header/></MEDLAB_1>", language="nl")

        assert "noemt de patiënt niet op een vaste plaats" in rendered.banner

    def test_after_five_thousand_results_it_stops_and_says_so(self):  # V59
        row = (
            b'<bepaling EDI-name="BEP"><bepaling.bepaling>Hb</bepaling.bepaling><bepaling.uits'
            b"lag>7</bepaling.uitslag></bepaling>"
        )
        rendered = shown(self.KIND, b"<MEDLAB_1>" + row * 5100 + b"</MEDLAB_1>")

        assert "truncated" in codes(rendered)
        assert rendered.html.count("<tr class") == 5000

    def test_other_xml_under_this_type_is_shown_without_failing(self):
        rendered = shown(self.KIND, "<a>geen bericht</a>")

        assert "geen bericht" in words(rendered.html)

    @pytest.mark.parametrize("name", ["medvri", "medspe", "mednip"])
    def test_its_family_is_laid_out_too(self, sample, name):
        rendered = shown(
            f"application/vnd.edi.{name}+xml", sample(f"zorgmail-{name}-xml/simple.xml")
        )

        assert rendered.view == FULL
        assert rendered.patients


class TestOther:
    def test_an_unknown_type_is_a_card_with_a_preview_of_its_text(self):
        rendered = shown("application/x-vendor", "regel een <b>", language="nl")

        assert "geen weergave" in rendered.html
        assert "regel een &lt;b&gt;" in rendered.html
        assert "application/x-vendor" in rendered.html

    def test_an_unknown_type_that_is_no_text_is_a_card(self):
        assert "mbx-source" not in shown("application/x-vendor", bytes(range(256)) * 10).html

    @pytest.mark.parametrize("content", [b"", b" ", b"\n\t "])
    @pytest.mark.parametrize("content_type", ["text/plain", "text/html", "", "application/x-y"])
    def test_no_content_is_said_to_be_none(self, content_type, content):  # V75
        assert "geen inhoud" in shown(content_type, content, language="nl").html

    def test_a_type_with_markup_in_it_is_text(self):  # V68
        assert "foo/bar&quot;&gt;&lt;script&gt;" in shown('foo/bar"><script>', "x").html

    @pytest.mark.parametrize("reason", ["time", "memory", "crash", "output"])
    def test_after_a_failed_render_the_source_is_shown_and_the_reason_told(self, reason):  # V74
        rendered = shown("text/html", "<p>kalium 7.2", view=SOURCE, reason=reason)

        assert rendered.view == SOURCE
        assert codes(rendered) == [reason, "source_shown"]
        assert "&lt;p&gt;kalium 7.2" in rendered.html

    def test_a_character_cut_in_two_is_left_off(self):
        content = ("é" * 100).encode()
        rendered = shown("text/plain", content[:-1], size=5_000_000)

        assert "\ufffd" not in rendered.html
        assert "Ã" not in rendered.html


def test_a_fax_is_shown_page_by_page(opened, sample):
    fax = sample("image/full-fax-3-pages-g4.tif")

    for query in ("", "&mode=print", "&mode=embed"):
        page = opened("image/tiff", fax, query).content.decode()

        assert page.count('src="data:image/png;base64,') == 3
        assert 'alt="Bladzijde 3 van 3"' in page
        assert ("attachments/1?" in page) is (query != "&mode=print")


def test_a_subject_that_fills_a_page_is_folded(client, receive, address):
    url = address(receive(subject="x" * 998))
    page, sheet = (client.get(f"{url}{query}").content.decode() for query in ("", "&mode=print"))

    assert page.count("x" * 998) == 2, "in the title of the page and in the fold"
    assert '<details class="mbx-long"><summary><h1' in page
    assert "mbx-long" not in sheet and '<h1 dir="auto"><bdi>' + "x" * 998 in sheet


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("image/heic", b"\0\0\0\x18ftypheic" + bytes(50), "HEIC-formaat van een telefoon"),
        ("application/octet-stream", b"\0\0\0\x18ftypheic" + bytes(50), "HEIC-formaat"),
        ("image/bmp", b"BM" + bytes(50), "Deze afbeelding kan hier niet worden getekend"),
    ],
)
def test_a_picture_that_cannot_be_drawn_says_what_it_is(opened, kind, content, told):
    page = opened(kind, content).content.decode()

    assert told in page
    assert "/attachments/1?dl=1" in page
    assert "mbx-picture" not in page


def test_a_medical_image_is_drawn_and_is_not_for_diagnosis(opened, sample):
    page = opened("application/dicom", sample("dicom/full-us-multiframe-rgb.dcm")).content.decode()

    assert page.count('src="data:image/jpeg;base64,') == 6
    assert 'alt="Beeld 6 van 6"' in page
    assert "Niet geschikt voor diagnose" in page
    assert "wordt hier niet getoond" not in page


def test_a_medical_image_in_wavelets_is_drawn_in_the_sandbox(opened, sample):
    page = opened("application/dicom", sample("dicom/public/JPEG2000.dcm")).content.decode()

    assert page.count('src="data:image/png;base64,') == 1
    assert "Niet geschikt voor diagnose" in page


def test_a_medical_image_that_cannot_be_drawn_says_so(opened, sample):
    content = sample("dicom/public/JPEG2000.dcm")
    damaged = opened(
        "application/dicom", content.replace(b"\x80\x80\xff\xd9", b"\x80\x80\0\0")
    ).content.decode()
    lossless = content.replace(b"1.2.840.10008.1.2.4.91", b"1.2.840.10008.1.2.4.70")
    packed = opened("application/dicom", lossless).content.decode()

    assert "Het beeld zelf wordt hier niet getoond" in damaged
    assert "gecomprimeerd als JPEG Lossless; dat wordt hier niet getekend" in packed
    for page in (damaged, packed):
        assert "mbx-picture" not in page


def test_of_a_very_large_enclosed_document_the_header_is_shown(sample):
    content = sample("dicom/encapsulated-pdf.dcm")
    start = content.index(b"%PDF-")

    shown_ = shown("application/dicom", content[: start + 100], size=30 * 1024 * 1024)

    assert "te groot om er hier uit te halen" in str(shown_.notices)
    assert shown_.view == "full" and "Geboren" in shown_.banner
    assert not shown_.inside


def test_a_small_table_with_a_mail_is_shown_as_one(opened, sample):
    mail = sample("message-rfc822/full-html-inline-image-pdf.eml")

    page = opened("message/rfc822", mail).content.decode()

    assert re.search(r"<h[23][^>]*><bdi>uitslagen.csv</bdi>", page)
    assert '<th scope="col"><bdi>' in page
    assert "Downloaden<span" in page


def test_a_long_table_with_a_mail_stays_a_file(opened):
    rows = "".join(f"{number};{number}\n" for number in range(300))
    mail = (
        'From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n'
        "--x\nContent-Type: text/plain\n\nZie de tabel.\n"
        '--x\nContent-Type: text/csv\nContent-Disposition: attachment; filename="t.csv"\n\n'
        f"{rows}--x--\n"
    )

    page = opened("message/rfc822", mail).content.decode()

    assert "Zie de tabel." in page and "t.csv" in page
    assert "<td" not in page.partition("mbx-content")[2]


def test_a_damaged_fax_is_named_and_can_be_opened(opened):
    page = opened("image/tiff", b"II*\x00\x08\x00\x00\x00\x00\x00").content.decode()

    assert "Fax of scan (TIFF)" in page
    assert "Open het bestand om het te lezen" in page
    assert "/attachments/1?dl=1" in page
    assert "Onbekend" not in page
