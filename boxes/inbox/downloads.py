"""Downloads of a message: by the viewer's own doors, which write the log."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from boxes import tokens
from boxes.api.answers import viewer_address
from boxes.inbox.door import PersonRequest, in_box, message_of
from boxes.inbox.folders import home_of
from boxes.models import Box


@require_safe
@in_box("read")
def download(request: PersonRequest, box: Box, folder: str, xuid: str, which: str) -> HttpResponse:
    """The content (``raw``), one of the files that came beside it by its position, or ``all`` in
    one archive. Nobody can hand the token on: it opens this one file, for this person."""
    shown = message_of(box, xuid)
    if shown.is_closed:
        return redirect(home_of(shown, box))
    number = int(which) if which.isdecimal() else 0
    if number and not shown.attachments.filter(position=number).exists():
        raise Http404(_("This message has no such file."))
    page = tokens.read_page(tokens.mint_page(shown, request.user.subject), box.name, xuid)
    jwt = tokens.mint_file(page, number or which)
    place = f"attachments/{number}" if number else which
    return redirect(f"{viewer_address(box)}{xuid}/{place}?dl=1&jwt={jwt}")
