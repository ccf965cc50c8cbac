"""Many dispatchers at the same rows, killed at random: each message arrives once."""

import subprocess
import sys

import pytest

from tests.drills.service import PATIENCE, ROOT, Service, eventually

pytestmark = pytest.mark.timeout(5 * PATIENCE)

MESSAGES = 400
POST = f"""
from boxes.envelope import Address, Envelope
from boxes.models import Box, Message
john = Box.objects.get(name="john")
for number in range({MESSAGES}):
    envelope = Envelope((Address("jill"),), "text/plain", b"race", id=f"race-{{number}}")
    Message.objects.post(john, envelope)
"""
RACE = """
import django; django.setup()
from transports import tasks
tasks.BATCH = 3
print("ready", flush=True)
input()
while True:
    tasks.dispatch()
"""
COUNT = """
from boxes.models import Delivery, Message
arrived = Message.objects.filter(box__name="jill")
print(arrived.count(), arrived.values("envelope_id").distinct().count(),
      Delivery.objects.filter(status="delivered").count(),
      Message.objects.filter(box__name="john", status="SENT").count())
"""


def racer(service: Service) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", RACE],
        cwd=ROOT,
        env={**service.environment, "DJANGO_SETTINGS_MODULE": "messagebox.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process


def test_racing_and_killed_dispatchers_deliver_each_message_once(still: Service):
    still.python(POST)
    racers = [racer(still) for _ in range(4)]
    try:
        for one in racers:
            assert one.stdout.readline() == "ready\n"
        for one in racers:
            one.stdin.write("\n")
            one.stdin.flush()
        for doomed in racers[:2]:
            # at whatever it is doing once some messages have moved
            eventually(lambda: int(still.python(COUNT).split()[0]) > 0, "messages move")
            doomed.kill()

        eventually(lambda: int(still.python(COUNT).split()[2]) == MESSAGES, "every delivery ended")
    finally:
        for one in racers:
            one.kill()
            one.wait()

    assert still.python(COUNT).split() == [str(MESSAGES)] * 4
