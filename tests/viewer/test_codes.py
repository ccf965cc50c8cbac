"""The API names kinds, flags and statuses; the viewer makes them."""

from boxes import summary
from viewer.clinical.summary import WEIGHTIEST
from viewer.clinical.words import KINDS, STATUSES


def test_the_api_knows_every_kind_and_status_that_the_viewer_tells():
    assert set(summary.KINDS) == set(KINDS)
    assert tuple(summary.STATUSES) == WEIGHTIEST
    assert set(WEIGHTIEST) <= set(STATUSES)
