from django.urls import path, register_converter
from django.urls.converters import IntConverter, StringConverter

from boxes.models.box import NAME_PATTERN
from boxes.xuid import XUID_PATTERN
from viewer import views
from viewer.api import MessageViewView


class BoxName(StringConverter):
    """A box's name; anything else is no address of the viewer."""

    regex = NAME_PATTERN


class Xuid(StringConverter):
    regex = XUID_PATTERN


class Position(IntConverter):
    """A count from one, short enough to be a number of a row."""

    regex = "[1-9][0-9]{0,3}"


register_converter(BoxName, "viewerbox")
register_converter(Xuid, "viewerxuid")
register_converter(Position, "position")


class ThemeCode(StringConverter):
    regex = "[A-Za-z0-9_-]{1,800}"


register_converter(ThemeCode, "theme")

MESSAGE = "<viewerbox:box>/messages/<viewerxuid:xuid>"
urlpatterns = [
    path(MESSAGE, views.message, name="viewer"),
    path(f"{MESSAGE}/attachments/<position:position>", views.attachment, name="viewer-attachment"),
    path(f"{MESSAGE}/raw", views.raw, name="viewer-raw"),
    path(f"{MESSAGE}/all", views.everything, name="viewer-all"),
    path("static-theme/<theme:code>.css", views.theme_sheet, name="viewer-theme"),
]
# Mounted below /api/v1 beside the API's own addresses: it needs the renderers, which the API
# does not know.
api_urlpatterns = [path(f"{MESSAGE}/view", MessageViewView.as_view(), name="view")]
