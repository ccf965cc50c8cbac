"""What a request asks of the viewer: a token in one place, and how the message should look."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import get_language

from boxes.theme import LOOKS as THEMES
from boxes.tokens import TokenRefused
from viewer.jobs import EMBED, PAGE, PRINT

MODES = (PAGE, PRINT, EMBED)
LANGUAGES = ("nl", "en")
MAX_FORM = 8 * 1024


@dataclass(frozen=True)
class Asked:
    """The parameters that the viewer knows; a value that it does not know is the default."""

    mode: str = PAGE
    theme: str = ""
    language: str = "nl"
    plain: bool = False
    images: bool = False
    download: bool = False

    @classmethod
    def of(cls, request: HttpRequest, mode: str = "") -> "Asked":
        given = request.GET
        spoken = (get_language() or "nl")[:2]
        return cls(
            mode=mode or _chosen(given.get("mode"), MODES, PAGE),
            theme=_chosen(given.get("theme"), THEMES, ""),
            language=_chosen(given.get("lang"), LANGUAGES, _chosen(spoken, LANGUAGES, "nl")),
            plain=given.get("plain") == "1",
            images=given.get("images") == "1",
            download=given.get("dl") == "1",
        )

    def query(self, **changes: str) -> dict[str, str]:
        """The parameters of a link from this page to itself; an empty value leaves one out."""
        kept = {
            "mode": self.mode if self.mode != PAGE else "",
            "theme": self.theme,
            "lang": self.language,
            "plain": "1" if self.plain else "",
        }
        return {name: value for name, value in {**kept, **changes}.items() if value}


def _chosen(value: str | None, known: tuple[str, ...], default: str) -> str:
    return value if value in known else default


def token_of(request: HttpRequest) -> str:
    """The one token of the request. Raises TokenRefused when there is none, or more than one."""
    found = [*request.GET.getlist("jwt"), *_posted(request), *_borne(request)]
    if len(found) > 1:
        raise TokenRefused("token_conflict")
    if not found or not found[0]:
        raise TokenRefused("token_missing")
    return found[0]


def _posted(request: HttpRequest) -> list[str]:
    if request.method != "POST":
        return []
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_FORM:
        raise TokenRefused("token_invalid")
    return request.POST.getlist("jwt")


def _borne(request: HttpRequest) -> list[str]:
    """A server that fetches the fragment may keep the token out of the address."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    wanted = request.GET.get("mode") == EMBED and scheme.lower() == "bearer"
    return [value.strip()] if wanted else []
