from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def sample():
    """The bytes of a file in tests/data."""
    return lambda name: (DATA / name).read_bytes()
