"""The way of a message's markup: counted, sanitised, given our remarks, sanitised again."""

import re
from collections import Counter
from dataclasses import dataclass

import nh3

from viewer.cleaning.images import Enclosed, Images
from viewer.cleaning.limits import check_markup
from viewer.cleaning.policy import ATTRIBUTES, DROPPED, LINK, LOOKS, Policy, Settled
from viewer.cleaning.remarks import Remarks, remark
from viewer.cleaning.text import letters, visible_text
from viewer.clinical import Unreadable

OUTPUT = 4 * 1024 * 1024
_TITLE = re.compile(r"<title(?:\s[^>]{0,200})?>([^<]{0,1000})</title\s*>", re.IGNORECASE)
_OPENED = re.compile(
    rf"<({'|'.join(sorted(DROPPED, key=len, reverse=True))})(?=[\s/>])", re.IGNORECASE
)


@dataclass(frozen=True)
class Cleaned:
    """Markup that is harmless by itself, and the counts of what its reader must be told."""

    html: str
    images_refused: int
    parts_removed: int
    looks_removed: bool
    hidden_shown: int
    letters_lost: int
    images_used: frozenset[str] = frozenset()


def clean(
    markup: str,
    words: dict[str, str],
    *,
    strict: bool = False,
    remote_images: bool = False,
    enclosed: Enclosed | None = None,
) -> Cleaned:
    """Raises Unreadable where the markup, or what it becomes, is past its limits.

    ``words`` are the remarks that are written into it, in the language of the page. ``enclosed``
    are the images that the message has in other parts.
    """
    check_markup(markup)
    markup = without_told_title(markup)
    policy = Policy(Images(remote_images, enclosed=enclosed or {}), strict=strict)
    html = _sanitised(markup, policy)
    lost = letters(markup) - letters(html)
    remarks = remark(html, words, strict=strict)
    html = _sanitised(remarks.html, Settled(policy.images, strict=strict))
    if len(html) > OUTPUT:
        raise Unreadable("too_large", limit=OUTPUT)
    return _account(markup, html, policy, lost, remarks)


def without_told_title(markup: str) -> str:
    """Without the document's title, which no program shows in it, if its words are there too."""
    title = _TITLE.search(markup)
    if not title:
        return markup
    rest = markup[: title.start()] + markup[title.end() :]
    said = visible_text(rest).casefold()
    return (
        rest if all(word in said for word in visible_text(title[1]).casefold().split()) else markup
    )


def _account(markup: str, html: str, policy: Policy, lost: Counter, remarks: Remarks) -> Cleaned:
    dropped = Counter(found.lower() for found in _OPENED.findall(markup))
    return Cleaned(
        html=html,
        images_refused=remarks.placeholders,
        parts_removed=sum(count for name, count in dropped.items() if name not in LOOKS),
        looks_removed=any(dropped[name] for name in LOOKS),
        hidden_shown=policy.hidden + remarks.recoloured,
        letters_lost=lost.total(),
        images_used=frozenset(policy.images.used),
    )


def _sanitised(markup: str, policy: Policy) -> str:
    elements = policy.elements
    return nh3.clean(
        markup,
        tags=elements,
        clean_content_tags=set(DROPPED),
        attributes={name: set(ATTRIBUTES[name]) for name in elements},
        attribute_filter=policy.attribute,
        link_rel=None,
        set_tag_attribute_values={
            "a": LINK,
            **({} if policy.strict else {"details": {"open": ""}}),
        },
        url_schemes={"http", "https", "mailto", "tel", "data", "cid"},
    )
