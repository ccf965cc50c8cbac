"""What the web side has loaded before its workers start."""

import os
import subprocess
import sys

from django.conf import settings

LOADED = """
import sys
from messagebox import web

web.when_ready(None)
print(*sorted(name for name in sys.modules if name.startswith("transports.")))
"""


def test_every_road_is_loaded_before_a_worker_starts(tmp_path):
    command = [sys.executable, "-c", LOADED]
    environment = {**os.environ, "DATA_DIR": str(tmp_path)}

    told = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )

    roads = {path.rpartition(".")[0] for path in settings.TRANSPORTS}
    assert roads <= set(told.stdout.split())
