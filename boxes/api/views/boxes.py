"""The boxes that a key opens."""

from django.db.models import Count
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.moments import stamp
from boxes.api.views.base import ApiView
from boxes.models import Box, Message
from boxes.models.box import RIGHTS


class BoxListView(ApiView):
    """Each box with the caller's rights and, where it may read, how many messages are unread."""

    operations = {"get": operations.BOXES}

    def get(self, request) -> Response:
        boxes = list(Box.objects.open_to(self.caller).order_by("name"))
        readable = [box.pk for box in boxes if box.allows(self.caller, "read")]
        unread = dict(
            Message.objects.filter(box__in=readable, status="INBOX", read_at=None)
            .values_list("box")
            .annotate(Count("pk"))
            .order_by()
        )
        return Response(
            [
                {
                    "name": box.name,
                    "displayName": box.display_name,
                    "accessUntil": stamp(box.access_until),
                    "rights": [right for right in RIGHTS if box.allows(self.caller, right)],
                    "unread": unread.get(box.pk, 0) if box.pk in readable else None,
                }
                for box in boxes
            ]
        )
