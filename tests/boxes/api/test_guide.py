"""The vendor's guide: every example in docs/api.md is done, in order, and answers as written."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from boxes.api.auth import SENTENCES
from boxes.models import Access, Message
from tests.boxes.api.client import ApiClient
from transports.tasks import dispatch
from viewer.knowing import know_waiting

GUIDE = Path(settings.BASE_DIR, "docs", "api.md").read_text()
EXAMPLE = re.compile(r"```http\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)


@pytest.fixture
def vendor(issue_key, john, jill):
    key = issue_key(john, "manage")
    Access.objects.create(box=jill, key=key.key, manage=True)
    return ApiClient(key.header)


def done(vendor, example):
    """Do what the example says, with the newest message of jill for its {xuid}."""
    head, _blank, body = example.partition("\n\n")
    first, *lines = head.strip().split("\n")
    method, path = first.split(" ", 1)
    newest = Message.objects.filter(box__name="jill").order_by("-id").first()
    path = path.replace("{xuid}", newest.xuid if newest else "")
    headers = dict(line.split(": ", 1) for line in lines)
    raw = body.strip().encode()
    return vendor.request(method, path.removeprefix("/api/v1"), raw=raw, **headers)


def fits(written, answered):
    """Whether all that is written stands in the answer; … stands for any text."""
    if isinstance(written, dict):
        return isinstance(answered, dict) and all(
            name in answered and fits(value, answered[name]) for name, value in written.items()
        )
    if isinstance(written, list):
        return len(answered) >= len(written) and all(
            fits(one, other) for one, other in zip(written, answered, strict=False)
        )
    return bool(answered) if written == "…" else written == answered


def test_every_example_of_the_guide_answers_as_written(vendor):
    examples = EXAMPLE.findall(GUIDE)
    assert len(examples) == GUIDE.count("```http")

    for request, written in examples:
        answer = done(vendor, request)
        answered = json.loads(answer.getvalue())
        assert fits(json.loads(written), answered), (request, answered)
        assert written.strip() != "[]" or answered == []
        dispatch()
        know_waiting()


def test_the_guide_names_every_code_that_a_refusal_can_have():
    sources = [*Path(settings.BASE_DIR, "boxes", "api").rglob("*.py")]
    sources.append(Path(settings.BASE_DIR, "transports", "webhooks", "api.py"))
    written = "".join(path.read_text() for path in sources)
    codes = {*re.findall(r'code="([a-z_]+)"', written), *SENTENCES, "too_large", "internal_error"}
    table = GUIDE.partition("\n## Errors\n")[2].partition("\n## ")[0]

    assert len(codes) > 15
    assert {code for code in codes if f"`{code}`" not in table} == set()
