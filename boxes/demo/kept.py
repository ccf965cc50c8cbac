"""What the demo goes by, in a file of the data directory that only this account can read."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings


def read() -> dict[str, Any]:
    """The facts; none before the demo began."""
    try:
        return json.loads(_place().read_text())
    except FileNotFoundError:
        return {}


def keep(facts: dict[str, Any]) -> dict[str, Any]:
    place = _place()
    fresh = place.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(facts, indent=1))
    os.replace(fresh, place)
    return facts


def _place() -> Path:
    return Path(settings.DATA_DIR) / "demo.json"
