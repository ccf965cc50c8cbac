from django.urls import path, register_converter
from django.urls.converters import StringConverter

from boxes.inbox import downloads, labels, meanwhile, misdelivered, moves, pages, settings, writing
from boxes.models.box import NAME_PATTERN
from boxes.models.draft import REF
from boxes.xuid import XUID_PATTERN


class InboxBox(StringConverter):
    regex = NAME_PATTERN


class InboxXuid(StringConverter):
    regex = XUID_PATTERN


class DraftRef(StringConverter):
    regex = REF.pattern


class InboxFile(StringConverter):
    """The content, all in one, or a file by its position."""

    regex = "raw|all|[1-9][0-9]{0,3}"


register_converter(InboxFile, "inboxfile")
register_converter(InboxBox, "inboxbox")
register_converter(InboxXuid, "inboxxuid")
register_converter(DraftRef, "draftref")

app_name = "inbox"
BOX = "inbox/<inboxbox:box>"
DRAFT = f"{BOX}/write/<draftref:ref>"
urlpatterns = [
    path("inbox/", pages.front, name="front"),
    path("inbox/settings", settings.settings, name="settings"),
    path("inbox/alarms", pages.alarms, name="alarms"),
    path(f"{BOX}/news", pages.news, name="news"),
    path(f"{BOX}/bulk", moves.bulk, name="bulk"),
    path(f"{BOX}/write", writing.begin, name="begin"),
    path(f"{BOX}/drafts", writing.drafts, name="drafts"),
    path(f"{BOX}/people", writing.people, name="people"),
    path(f"{BOX}/roads", writing.roads, name="roads"),
    path(f"{BOX}/values", labels.values, name="values"),
    path(DRAFT, writing.draft, name="draft"),
    path(f"{DRAFT}/files", writing.attach, name="attach"),
    path(f"{DRAFT}/files/<draftref:mark>/remove", writing.detach, name="detach"),
    path(f"{BOX}/message/<inboxxuid:xuid>/move", moves.move, name="move"),
    path(f"{BOX}/message/<inboxxuid:xuid>/misdelivered", misdelivered.close, name="misdelivered"),
    path(f"{BOX}/message/<inboxxuid:xuid>/putback", misdelivered.put_back, name="putback"),
    path(f"{BOX}/message/<inboxxuid:xuid>/label", labels.label, name="label"),
    path(f"{BOX}/message/<inboxxuid:xuid>/delivery", moves.deliver_again, name="delivery"),
    path(f"{BOX}/<slug:folder>", pages.folder, name="folder"),
    path(f"{BOX}/<slug:folder>/<inboxxuid:xuid>", pages.message, name="message"),
    path(f"{BOX}/<slug:folder>/<inboxxuid:xuid>/patient", pages.patient, name="patient"),
    path(f"{BOX}/<slug:folder>/<inboxxuid:xuid>/print", pages.printed, name="print"),
    path(f"{BOX}/<slug:folder>/<inboxxuid:xuid>/history", pages.history, name="history"),
    path(f"{BOX}/<slug:folder>/<inboxxuid:xuid>/meanwhile", meanwhile.meanwhile, name="meanwhile"),
    path(
        f"{BOX}/<slug:folder>/<inboxxuid:xuid>/download/<inboxfile:which>",
        downloads.download,
        name="download",
    ),
]
