"""The map of the API, mounted at /api/v1."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter, StringConverter

from boxes.api.views.boxes import BoxListView
from boxes.api.views.changes import ChangesView
from boxes.api.views.deliveries import ResendView, SettleView
from boxes.api.views.description import SchemaView, docs
from boxes.api.views.files import AttachmentView, ContentView
from boxes.api.views.handling import HandledView, ReleaseView, ReopenView, TakeView
from boxes.api.views.listing import ListView, SearchView
from boxes.api.views.logs import LogView
from boxes.api.views.messages import (
    ArchiveView,
    MarkReadView,
    MarkUnreadView,
    MessageView,
    UnarchiveView,
)
from boxes.api.views.misdelivered import MisdeliveredView
from boxes.api.views.properties import PropertiesView, PropertyView
from boxes.api.views.sending import DeliverView, LegacySendView, SendView
from boxes.api.views.tokens import TokenView
from boxes.models.box import NAME_PATTERN
from boxes.xuid import XUID_PATTERN


class BoxNameConverter(StringConverter):
    regex = NAME_PATTERN


class XuidConverter(StringConverter):
    regex = XUID_PATTERN


class AnythingConverter(StringConverter):
    """A property's name, which may hold slashes and line ends."""

    regex = "(?s:.+)"


class NumberConverter(IntConverter):
    """Counts from one, and no further than a database counts."""

    regex = "[1-9][0-9]{0,8}"


register_converter(NumberConverter, "number")
register_converter(BoxNameConverter, "box")
register_converter(XuidConverter, "xuid")
register_converter(AnythingConverter, "anything")

app_name = "api"
MESSAGE = "<box:box>/messages/<xuid:xuid>"
urlpatterns = [
    path("", BoxListView.as_view(), name="boxes"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", docs, name="docs"),
    path("<box:box>/messages", ListView.as_view(), name="messages"),
    path("<box:box>/changes", ChangesView.as_view(), name="changes"),
    path("<box:box>/search", SearchView.as_view(), name="search"),
    path("<box:box>/send", SendView.as_view(), name="send"),
    path("<box:box>/deliver", DeliverView.as_view(), name="deliver"),
    path("<box:box>/default/send", LegacySendView.as_view(), name="legacy_send"),
    path(MESSAGE, MessageView.as_view(), name="message"),
    path(f"{MESSAGE}/archive", ArchiveView.as_view(), name="archive"),
    path(f"{MESSAGE}/unarchive", UnarchiveView.as_view(), name="unarchive"),
    path(f"{MESSAGE}/read", MarkReadView.as_view(), name="mark_read"),
    path(f"{MESSAGE}/unread", MarkUnreadView.as_view(), name="mark_unread"),
    path(f"{MESSAGE}/take", TakeView.as_view(), name="take"),
    path(f"{MESSAGE}/release", ReleaseView.as_view(), name="release"),
    path(f"{MESSAGE}/handled", HandledView.as_view(), name="handled"),
    path(f"{MESSAGE}/reopen", ReopenView.as_view(), name="reopen"),
    path(f"{MESSAGE}/misdelivered", MisdeliveredView.as_view(), name="misdelivered"),
    path(f"{MESSAGE}/properties", PropertiesView.as_view(), name="properties"),
    path(f"{MESSAGE}/properties/<anything:name>", PropertyView.as_view(), name="property"),
    path(f"{MESSAGE}/content", ContentView.as_view(), name="content"),
    path(f"{MESSAGE}/attachments/<number:n>", AttachmentView.as_view(), name="attachment"),
    path(f"{MESSAGE}/resend", ResendView.as_view(), name="resend"),
    path(f"{MESSAGE}/deliveries/<number:n>/settle", SettleView.as_view(), name="settle"),
    path(f"{MESSAGE}/token", TokenView.as_view(), name="token"),
    path(f"{MESSAGE}/log", LogView.as_view(), name="log"),
]
