"""What happened in a box, oldest first."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.errors import Problem, invalid
from boxes.api.events import cursor_at, event, read_cursor
from boxes.api.filters import MAX_LIMIT
from boxes.api.views.waiting import WaitingView
from boxes.models import Change
from boxes.models.change import Position

DEFAULT_LIMIT = 100
NOW = "now"


@dataclass(frozen=True)
class Asked:
    after: str
    limit: int
    wait: int


class ChangesView(WaitingView):
    """The changes after a cursor; the cursor in the answer is where to go on."""

    operations = {"get": operations.CHANGES}
    parameters = frozenset(("after", "limit", "wait"))

    def get(self, request, box: str) -> Response:
        asked = self._asked()
        after = self._position(asked.after)
        rows = Change.objects.told(self.box, after)
        found = self.awaited(lambda: list(rows.all()[: asked.limit + 1]), bool, asked.wait)
        events = [event(change, self.box) for change in found[: asked.limit]]
        if events:
            self.log("changes", xuids=list(dict.fromkeys(item["xuid"] for item in events)))
        return Response(
            {
                "changes": events,
                "cursor": events[-1]["cursor"] if events else cursor_at(after, self.box),
                "more": len(found) > asked.limit,
            }
        )

    def _position(self, after: str) -> Position:
        """Raises Problem when something after it is no longer kept."""
        if after == NOW:
            return Change.objects.present(self.box)
        if not after:
            return Change.objects.beginning(self.box)
        position = read_cursor(after, self.box)
        if Change.objects.lost(self.box, position):
            sentence = _(
                "This cursor is too old: changes are kept for %(days)d days, and some after it "
                "are gone. Ask for changes after now, then read the list of messages anew."
            ) % {"days": settings.CHANGES_DAYS}
            raise Problem(sentence, status=410, code="cursor_expired", fields={"after": [sentence]})
        return position

    def _asked(self) -> Asked:
        """Raises Problem."""
        faults: dict[str, list[str]] = {}
        given = self.request.query_params
        for name, values in given.lists():
            if len(values) > 1:
                faults[name] = [_("Give this parameter once.")]
            elif not values[0].strip():
                faults[name] = [_("Give this parameter a value, or leave it out.")]
        limit = _number(given.get("limit", str(DEFAULT_LIMIT)), 1, MAX_LIMIT)
        wait = _number(given.get("wait", "0"), 0, settings.MAX_WAIT)
        for name, number, span in (
            ("limit", limit, (1, MAX_LIMIT)),
            ("wait", wait, (0, settings.MAX_WAIT)),
        ):
            if number is None:
                words = _("Give a whole number from %(least)d to %(most)d.")
                faults.setdefault(name, [words % {"least": span[0], "most": span[1]}])
        if faults or limit is None or wait is None:
            raise invalid(faults)
        return Asked(given.get("after", ""), limit, wait)


def _number(text: str, least: int, most: int) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) < 7
    return int(text) if plain and least <= int(text) <= most else None
