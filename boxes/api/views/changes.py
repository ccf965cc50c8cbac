"""What happened in a box, oldest first."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.errors import invalid
from boxes.api.events import cursor_at, event, place_after
from boxes.api.filters import MAX_LIMIT
from boxes.api.views.waiting import WaitingView
from boxes.models import Change

DEFAULT_LIMIT = 100


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
        after = (
            place_after(asked.after, self.box)
            if asked.after
            else Change.objects.beginning(self.box)
        )
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
