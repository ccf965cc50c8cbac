import pytest

from boxes.models import Box
from tests.fakes.certificates import Authority
from tests.fakes.personium import FakeUnit
from tests.transports.personium.cells import UNIT, ForeignUnit, Software


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def unit():
    with FakeUnit() as running:
        yield running


@pytest.fixture
def facade(settings) -> None:
    """Switched on, in its first generation."""
    settings.FACADES = ["personium"]
    settings.BASE_URL = UNIT
    settings.PERSONIUM_GENERATION = "g1"


@pytest.fixture
def second(facade, settings) -> None:
    settings.PERSONIUM_GENERATION = "g2"


@pytest.fixture
def cells(facade, practice, issue_key) -> dict[str, Software]:
    """The software of three boxes: ``cells["a"].send(To=…)``."""
    found = {}
    for name in "abc":
        box = Box.objects.create(name=name, display_name=name.upper(), organization=practice)
        key = issue_key(box, "read", "send")
        found[name] = Software(name, key.key.key_id + key.secret)
    return found


@pytest.fixture(scope="session")
def known_unit() -> ForeignUnit:
    return ForeignUnit()


@pytest.fixture
def foreign(settings, tmp_path, known_unit) -> ForeignUnit:
    """Another unit, whose certificate is trusted."""
    roots = tmp_path / "roots.pem"
    roots.write_bytes(known_unit.pem)
    settings.PERSONIUM_ROOTS_FILE = str(roots)
    return known_unit
