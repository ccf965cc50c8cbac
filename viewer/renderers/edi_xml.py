from viewer.jobs import FULL, Job, Rendered
from viewer.readers import edixml
from viewer.readers.limits import first_results
from viewer.renderers.base import MIB, Renderer
from viewer.renderers.clinical import laid_out


class EdiXmlRenderer(Renderer):
    """ZorgMail XML: laboratory reports, letters and requests between Dutch care providers."""

    content_types = (
        "application/vnd.edi.medlab+xml",
        "application/vnd.edi.medvri+xml",
        "application/vnd.edi.medvry+xml",
        "application/vnd.edi.medspe+xml",
        "application/vnd.edi.mednip+xml",
        "application/edi.medlab+xml",
        "application/edi.medvri+xml",
        "application/edi.medspe+xml",
    )
    limit = 5 * MIB
    kind = "edifact_message"

    def full(self, job: Job) -> Rendered:
        return laid_out(first_results(edixml.read(job.content)), job, FULL)
