"""A medical image: its frames where they can be drawn, and all that its header says."""

from __future__ import annotations

from dataclasses import replace

from viewer import readers
from viewer.clinical import Document, Notice, Unreadable
from viewer.clinical.words import _
from viewer.jobs import FULL, Job, Rendered
from viewer.readers.dicom_frames import read_frames
from viewer.readers.pictures import Pictures
from viewer.renderers.clinical import laid_out
from viewer.renderers.drawing import laid_down
from viewer.renderers.formats import ClinicalRenderer

UNSHOWN, MORE, PACKED = "pixels_not_shown", "frames_cut", "pixels_packed"


class StudyRenderer(ClinicalRenderer):
    """DICOM: of a file that is too large for it, only the header is there."""

    def full(self, job: Job) -> Rendered:
        document = readers.read(job.form, job.content)
        try:
            found = frames(document, job)
        except Unreadable as error:
            if error.code != PACKED:
                return laid_out(document, job, FULL)
            told = [
                Notice(PACKED, error.values) if notice.code == UNSHOWN else notice
                for notice in document.notices
            ]
            return laid_out(replace(document, notices=tuple(told)), job, FULL)
        if not found.shown:
            return laid_out(document, job, FULL)
        told = [notice for notice in document.notices if notice.code != UNSHOWN]
        if found.more:
            told.append(Notice(MORE, {"shown": len(found.shown)}))
        shown = laid_out(replace(document, notices=tuple(told)), job, FULL)
        return replace(
            shown, html=laid_down(found, _("Image %(number)s of %(total)s")) + shown.html
        )


def frames(document: Document, job: Job) -> Pictures:
    """None where there is no image, or only its beginning. Raises Unreadable."""
    has_image = any(notice.code == UNSHOWN for notice in document.notices)
    if not has_image or len(job.content) < job.size:
        return Pictures(())
    return read_frames(job.content)
