import pytest

from tests.fakes.certificates import Authority
from tests.fakes.personium import FakeUnit


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def unit():
    with FakeUnit() as running:
        yield running
