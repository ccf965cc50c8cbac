from dataclasses import replace

from django.template.loader import render_to_string

from viewer import readers
from viewer.clinical import Unreadable
from viewer.jobs import EMBED, FULL, PRINT, Inside, Job, Rendered
from viewer.readers import files
from viewer.renderers.base import Renderer
from viewer.renderers.clinical import laid_out


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
    """A picture that browsers show; its header is read, nothing is decoded."""

    content_types = (*files.FORMATS, *files.UNSHOWN)
    limit = files.IMAGE_SIZE
    kind = "image"

    def full(self, job: Job) -> Rendered:
        if job.form == "image/tiff":
            return fax(job)
        if job.form in files.UNSHOWN:
            raise Unreadable("image_type")
        return replace(whole(job, job.form), showcase="image")


def fax(job: Job) -> Rendered:
    """What no browser shows and a fax or a scan usually is: named, and there to be opened."""
    return Rendered(
        FULL,
        html=render_to_string("viewer/fax.html", {}),
        kind="fax_or_scan",
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
