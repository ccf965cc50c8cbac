"""The properties that applications hang on a message."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.answers import properties_of
from boxes.api.errors import invalid, not_found
from boxes.api.fields import Fields
from boxes.api.views.base import BoxView
from boxes.models import Message, Property


class PropertiesView(BoxView):
    """POST sets one, PUT replaces all."""

    operations = {"post": operations.SET_PROPERTY, "put": operations.REPLACE_PROPERTIES}

    def post(self, request, box: str, xuid: str) -> Response:
        message = self.message(xuid)
        fields = Fields(self.read_json())
        name, value = fields.property()
        fields.check()
        with transaction.atomic():
            message.hold_open()
            others = Property.objects.filter(message=message).exclude(name=name)
            if others.count() >= settings.MAX_PROPERTIES:
                raise invalid({"name": [_too_many()]})
            Property.objects.put(message, name, value)
            self.log("property", message, detail=name)
        return answered(message)

    def put(self, request, box: str, xuid: str) -> Response:
        message = self.message(xuid)
        fields = Fields(self.read_json())
        pairs = fields.properties()
        fields.check()
        with transaction.atomic():
            message.hold_open()
            Property.objects.replace(message, pairs)
            self.log("properties", message)
        return answered(message)


class PropertyView(BoxView):
    operations = {"delete": operations.REMOVE_PROPERTY}

    def delete(self, request, box: str, xuid: str, name: str) -> Response:
        message = self.message(xuid)
        with transaction.atomic():
            message.hold_open()
            removed = (
                "\0" not in name and Property.objects.filter(message=message, name=name).delete()[0]
            )
            if removed:
                self.log("property", message, detail=name)
        if not removed:
            raise not_found(_("This message has no such property."))
        return answered(message)


def answered(message: Message) -> Response:
    properties = properties_of([message.pk])[message.pk]
    return Response({"xuid": message.xuid, "properties": properties, "error": []})


def _too_many() -> str:
    return _("A message has at most %(limit)d properties.") % {"limit": settings.MAX_PROPERTIES}
