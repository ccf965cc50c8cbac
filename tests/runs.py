"""What belongs to which run of the suite, in what order, and which tests get a second chance.

``make test`` runs on SQLite, ``.ci/grown-up`` on PostgreSQL and Redis. Each drills on the pair of
stores that its other tests are about; a drill that brings its own is made once, in the run that
they fit. What no store can change is not proved twice: in the second run tests that use no
database, and those of how content looks, are ``wide``; in the first those of ``LONG`` are.
``make test-full`` makes all in both.
"""

import os
from collections import Counter
from itertools import zip_longest

import pytest

GROWN_UP = bool(os.environ.get("DATABASE_URL"))
OF_THE_EMBEDDED_RUN = [pytest.mark.wide] if GROWN_UP else []
OF_THE_GROWN_UP_RUN = [] if GROWN_UP else [pytest.mark.wide]
# From a content to a page; its rows are read as those of other tests are, which do run twice.
OF_HOW_CONTENT_LOOKS = (
    "tests/viewer/readers/",
    "tests/viewer/test_cleaning.py",
    "tests/viewer/test_headers.py",
    "tests/viewer/test_hostile.py",
    "tests/viewer/test_in_chromium.py",
    "tests/viewer/test_paper.py",
    "tests/viewer/test_renderers.py",
    "tests/viewer/test_samples.py",
)
# Minutes of a browser or of a fuzzer, which no store changes either: made in the second run, so
# that the first stays short.
LONG = (
    "tests/boxes/admin/test_looks.py",
    "tests/boxes/api/test_schema_fuzz.py",
    "tests/viewer/test_accessibility.py",
    "tests/viewer/test_parents.py",
    "tests/viewer/test_types_in_chromium.py",
)
DATABASE = {"db", "transactional_db", "live_server", "client", "admin_client"}
# They end processes, and then wait for what others do about it.
KILLING = ("tests/drills/", "tests/viewer/test_sandbox.py")


class Order:
    """Once everybody else has chosen and sorted."""

    @staticmethod
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
        items[:] = long_files_first(items)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Order())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_proved_by_the_other_run(item):
            item.add_marker(pytest.mark.wide)
        if is_at_the_mercy_of_the_machine(item):
            item.add_marker(pytest.mark.flaky(reruns=1))


def is_proved_by_the_other_run(item: pytest.Item) -> bool:
    if item.nodeid.startswith(LONG):
        return not GROWN_UP
    if not GROWN_UP:
        return False
    if item.nodeid.startswith(OF_HOW_CONTENT_LOOKS):
        return True
    uses_database = item.get_closest_marker("django_db") or DATABASE & set(item.fixturenames)
    return not uses_database and not item.nodeid.startswith("tests/drills/")


def is_at_the_mercy_of_the_machine(item: pytest.Item) -> bool:
    """A browser, or processes that are killed: a machine that is short of time starves them."""
    return "chromium" in item.fixturenames or item.nodeid.startswith(KILLING)


def long_files_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Else one process is still at the longest file when the other has nothing left. Drills, which
    wait, alternate with browsers, which keep a processor busy."""
    file_of = {item: item.nodeid.partition("::")[0] for item in items}
    sizes = Counter(file_of.values())
    largest_first = sorted(sizes, key=lambda file: (-sizes[file], file))
    with_browser = {file_of[item] for item in items if "chromium" in item.fixturenames}
    browsers = [file for file in largest_first if file in with_browser]
    drills = [file for file in largest_first if file.startswith("tests/drills/")]
    first = [file for pair in zip_longest(browsers, drills) for file in pair if file]
    place = {file: number for number, file in enumerate(dict.fromkeys([*first, *largest_first]))}
    return sorted(items, key=lambda item: place[file_of[item]])
