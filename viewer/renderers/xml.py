"""Any XML as a tree with its source below it."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from lxml import etree

from viewer.clinical import Notice, Unreadable
from viewer.jobs import FULL, PAGE, Job, Rendered
from viewer.readers import xml
from viewer.renderers.base import Renderer, all_said
from viewer.renderers.plain import all_seen
from viewer.renderers.text import SHOWN, kilobytes

TREE = 20_000


@dataclass(frozen=True)
class Line:
    """One line of the tree: ``opens`` begins a level, ``closes`` ends one; else it stands alone."""

    name: str = ""
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    remark: bool = False
    opens: bool = False
    closes: bool = False


class XmlRenderer(Renderer):
    """A readable tree: element names as labels, attributes in sight, comments as text."""

    content_types = ("text/xml", "application/xml", "application/hl7-v3+xml")
    limit = xml.SIZE
    kind = "xml"

    def full(self, job: Job) -> Rendered:
        parsed = xml.parse(job.content)
        lines = tree_lines(parsed)
        source = parsed.cut.whole(xml.decode(job.content)[0])
        shown = all_seen(source[:SHOWN])
        cut = None
        if len(source) > SHOWN:
            told = Notice("truncated", {"shown": kilobytes(SHOWN), "total": kilobytes(job.size)})
            [cut] = all_said([told])
        context = {"lines": lines, "source": shown, "cut": cut, "unfolded": job.mode != PAGE}
        html = render_to_string("viewer/xml.html", context)
        return Rendered(FULL, html=html, kind="xml", notices=all_said(parsed.notices))


def tree_lines(parsed: xml.Parsed) -> list[Line]:
    """The tree as lines to be laid out one after another: no template goes down into itself."""
    lines = [Line(text=_words(node), remark=True) for node in _before(parsed.root)]
    for event, element in etree.iterwalk(parsed.root, events=("start", "end", "comment", "pi")):
        if event == "start":
            lines += _started(parsed, element)
        elif event == "end":
            lines += _ended(parsed, element)
        else:
            lines.append(Line(text=_words(element), remark=True))
            lines += _tail(parsed, element)
        if len(lines) > TREE:
            raise Unreadable("too_many_parts", limit=TREE)
    return lines


def _before(root) -> list:
    found: list = []
    sibling = root.getprevious()
    while sibling is not None:
        found.insert(0, sibling)
        sibling = sibling.getprevious()
    return found


def _words(node) -> str:
    if isinstance(node, etree._ProcessingInstruction):
        return f"<?{node.target} {node.text or ''}?>"
    return (node.text or "").strip()


def _started(parsed: xml.Parsed, element) -> list[Line]:
    text = all_seen(parsed.cut.whole((element.text or "").strip()))
    attributes = tuple(
        (name, all_seen(parsed.cut.whole(value))) for name, value in xml.attributes(element)
    )
    return [Line(_name(element), text, attributes, opens=len(element) > 0)]


def _ended(parsed: xml.Parsed, element) -> list[Line]:
    closing = [Line(closes=True)] if len(element) else []
    return [*closing, *_tail(parsed, element)]


def _tail(parsed: xml.Parsed, element) -> list[Line]:
    text = (element.tail or "").strip()
    return [Line(text=all_seen(parsed.cut.whole(text)))] if text else []


def _name(element) -> str:
    name = xml.local(element)
    return ":".join(filter(None, (element.prefix, name)))
