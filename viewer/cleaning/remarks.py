"""What we write into cleaned markup: real hosts, image placeholders, colours that can be read."""

from dataclasses import dataclass
from itertools import islice

from lxml import html as lxml_html

from viewer.cleaning import styles
from viewer.cleaning.links import host_to_tell

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
LEAST_CONTRAST = 2.0
_CELL_STYLE = "border:1px solid #b8c4ce;padding:3px 8px;vertical-align:top"
_PLACEHOLDER_STYLE = (
    "color:#444444;background-color:#eeeeee;border:1px dashed #888888;padding:2px 6px"
)


@dataclass(frozen=True)
class Remarks:
    """The markup with our remarks in it, and how many there are."""

    html: str
    placeholders: int
    recoloured: int


def remark(html: str, words: dict[str, str], *, strict: bool) -> Remarks:
    """Takes and gives markup that the sanitiser made; what comes out goes through it again."""
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
    document = lxml_html.document_fromstring(f"<body>{html}</body>".encode(), parser=parser)
    [body] = document.iterchildren("body")
    recoloured = 0 if strict else _recolour(body)
    placeholders = sum(_replace_image(image, words, strict) for image in list(body.iter("img")))
    for link in list(body.iter("a")):
        _tell_host(link)
    if not strict:
        for table in body.iter("table"):
            _rule(table)
    inner = (body.text or "", *(lxml_html.tostring(child, encoding="unicode") for child in body))
    return Remarks(_escaped(inner[0]) + "".join(islice(inner, 1, None)), placeholders, recoloured)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _replace_image(image, words: dict[str, str], strict: bool) -> bool:
    """An image that may not be loaded becomes a few words; says whether it did."""
    if image.get("src"):
        if not image.get("alt"):
            image.set("alt", words["image_without_text"])
        return False
    place = lxml_html.Element("span")
    described = (image.get("alt") or "").strip()
    place.text = f"[{words['image']}: {described}]" if described else f"[{words['image']}]"
    if not strict:
        place.set("style", _PLACEHOLDER_STYLE)
    place.tail, image.tail = image.tail, None
    image.getparent().replace(image, place)
    return True


def _rule(table) -> None:
    """Lines for a table of data that had them from a style sheet, if from anywhere."""
    if table.get("border") is not None or next(table.iter("th"), None) is None:
        return
    cells = [cell for cell in table.iter("td", "th") if "border" not in (cell.get("style") or "")]
    table.set("style", f"border-collapse:collapse;{table.get('style') or ''}")
    for cell in cells:
        cell.set("style", f"{_CELL_STYLE};{cell.get('style') or ''}")


def _tell_host(link) -> None:
    real = host_to_tell(link.get("href") or "", link.text_content())
    if real:
        told = lxml_html.Element("small")
        told.text = f" [{real}]"
        link.append(told)


def _recolour(body) -> int:
    """Give back to the eye what has nearly the colour of its background; says how often."""
    changed = 0
    pending = [(body, BLACK, WHITE)]
    while pending:
        element, text, ground = pending.pop()
        style = styles.declarations(element.get("style") or "")
        ground = (
            styles.colour(style.get("background-color", ""))
            or styles.colour(element.get("bgcolor") or "")
            or ground
        )
        text = styles.colour(style.get("color", "")) or text
        if contrast(text, ground) < LEAST_CONTRAST:
            text = max(BLACK, WHITE, key=lambda candidate: contrast(candidate, ground))
            style["color"] = "#{:02x}{:02x}{:02x}".format(*text)
            element.set("style", ";".join(f"{name}:{value}" for name, value in style.items()))
            changed += bool(element.text_content().strip())
        pending.extend((child, text, ground) for child in element if isinstance(child.tag, str))
    return changed


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast ratio of WCAG, from 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
