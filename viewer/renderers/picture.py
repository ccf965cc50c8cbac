"""Contents that are one file by themselves: a PDF, a picture, a scan."""

from dataclasses import replace

from django.template.loader import render_to_string
from django.utils.translation import gettext

from viewer import readers
from viewer.clinical import Notice, Unreadable
from viewer.clinical.words import _
from viewer.jobs import EMBED, FULL, PRINT, Inside, Job, Rendered
from viewer.readers import files, pictures
from viewer.renderers.base import Renderer, all_said
from viewer.renderers.clinical import laid_out
from viewer.renderers.drawing import laid_down


class PdfRenderer(Renderer):
    """A PDF in the browser's own viewer; on this side nothing opens it."""

    content_types = ("application/pdf",)
    limit = files.PDF_SIZE
    kind = "pdf"

    def full(self, job: Job) -> Rendered:
        shown = whole(job, "application/pdf")
        # Bytes before the signature could be those of another type of file.
        agrees = job.content.startswith(b"%PDF-")
        return replace(shown, showcase="pdf") if agrees else shown


class ImageRenderer(Renderer):
    """A picture that browsers show as it is, or that is drawn anew for them."""

    content_types = (*files.FORMATS, *files.UNSHOWN)
    limit = files.IMAGE_SIZE
    kind = "image"

    def full(self, job: Job) -> Rendered:
        if job.form in pictures.FORMS:
            return scan(job)
        if job.form in HEIF:
            return unshown(job, gettext("This is a photo in the HEIC format of a telephone."))
        if job.form in files.UNSHOWN:
            raise Unreadable("image_type")
        return replace(whole(job, job.form), showcase="image")


HEIF = ("image/heic", "image/heif")
MORE = "pages_cut"


def scan(job: Job) -> Rendered:
    """What no browser shows and a fax or a scan usually is, page by page."""
    try:
        found = pictures.read_pages(job.content, job.form)
    except Unreadable as error:
        return undrawn(job, error)
    told = [Notice(MORE, {"shown": len(found.shown)})] if found.more else []
    return Rendered(
        FULL,
        html=laid_down(found, _("Page %(number)s of %(total)s")),
        kind="fax_or_scan" if job.form == "image/tiff" else "image",
        notices=all_said(told),
        inside=(Inside("", job.form, job.size),),
        showcase="file",
    )


def undrawn(job: Job, error: Unreadable) -> Rendered:
    """A scan that is damaged or past its limits is still a file to open."""
    fax = _("Open the file to read it: a browser does not show a fax or scan of this kind.")
    what = fax if job.form == "image/tiff" else _("This picture cannot be drawn here.")
    shown = unshown(job, gettext(what))
    kind = "fax_or_scan" if job.form == "image/tiff" else "image"
    return replace(shown, kind=kind, notices=all_said([Notice(error.code, error.values)]))


def unshown(job: Job, what: str) -> Rendered:
    """Named, and there to be downloaded."""
    return Rendered(
        FULL,
        html=render_to_string("viewer/unshown.html", {"what": what}),
        kind="image",
        inside=(Inside("", job.form, job.size),),
        showcase="file",
    )


def whole(job: Job, content_type: str) -> Rendered:
    """A content that is one file by itself."""
    template = "viewer/whole.html"
    shown = laid_out(
        readers.read(content_type, job.content),
        job,
        FULL,
        template,
        printed=job.mode == PRINT,
        fragment=job.mode == EMBED,
        form=content_type,
    )
    return replace(shown, inside=(Inside("", content_type, job.size, inline=True),))
