import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.timezone import get_default_timezone, now

from boxes.demo import kept
from boxes.demo.application import Application, Refused
from boxes.demo.story import BOXES, LETTERS
from boxes.management.grants import grant
from boxes.models import ApiKey, Box, Organization, User
from boxes.models.box import RIGHTS

FILES = settings.BASE_DIR / "boxes" / "demo" / "files"
ADMIN = "admin"
# Two who share the mailbox of the practice: what one takes, the other sees.
COLLEAGUES = {"arts": ("Eva", "Mulder"), "assistent": ("Sam", "Bakker")}
NEAR = ["127.0.0.0/8", "::1/128"]


class Command(BaseCommand):
    help = (
        "Make example boxes, people and a key, and have example messages sent between "
        "them by the running service. A second run changes nothing and prints the same."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.BASE_URL, help="where the service answers")

    def handle(self, *args, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError("An installation in production gets no example boxes.")
        facts = _facts()
        began_at = datetime.fromisoformat(facts["began_at"])
        application = Application(options["url"], facts["key"], facts["secret"], began_at, FILES)
        try:
            if facts["told"] != len(LETTERS):
                application.tell()
                kept.keep(facts | {"told": len(LETTERS)})
            example = application.newest("delinde")
        except (Refused, OSError) as error:
            raise CommandError(f"The example messages could not be sent. {error}") from error
        self.stdout.write(_welcome(facts, example["viewerUrl"]))


def _facts() -> dict[str, Any]:
    """What the demo goes by: made once, and kept."""
    facts = kept.read()
    if not ApiKey.objects.filter(key_id=facts.get("key", "")).exists():
        with transaction.atomic():
            facts = kept.keep(_furnish())
    if not ApiKey.objects.filter(key_id=facts.get("page", {}).get("id", "")).exists():
        with transaction.atomic():
            facts = kept.keep(facts | {"page": _page_key()})
    if not User.objects.filter(username__in=COLLEAGUES).exists():
        with transaction.atomic():
            _employ(facts["password"])
    return facts


def _furnish() -> dict[str, Any]:
    """The boxes, somebody who may look into all of them, and a key that opens all of them."""
    password = secrets.token_urlsafe(9)
    user = User.objects.filter(username=ADMIN).first() or User(username=ADMIN)
    user.is_staff = user.is_superuser = user.auditor = True
    user.set_password(password)
    user.save()
    owner, _ = Organization.objects.get_or_create(name=BOXES["delinde"])
    key, secret = ApiKey.objects.issue(owner, "Voorbeeldsoftware")
    for name, title in BOXES.items():
        organization, _ = Organization.objects.get_or_create(name=title)
        box, _ = Box.objects.get_or_create(
            name=name, defaults={"display_name": title, "organization": organization}
        )
        grant(box, list(RIGHTS), key=key)
        grant(box, list(RIGHTS), user=user)
    _employ(password)
    return {
        "password": password,
        "key": key.key_id,
        "secret": secret,
        "began_at": now().astimezone(get_default_timezone()).isoformat(timespec="seconds"),
        "told": 0,
    }


def _employ(password: str) -> None:
    """People who read and write in the inbox, and administer nothing."""
    practice = Box.objects.get(name="delinde")
    for username, (first, last) in COLLEAGUES.items():
        user = User.objects.filter(username=username).first() or User(username=username)
        user.first_name, user.last_name = first, last
        user.set_password(password)
        user.save()
        grant(practice, ["read", "send"], user=user)


def _page_key() -> dict[str, str]:
    """The key of the page that plays an EHR lies open in a browser: it may read and set
    properties, not send, and only from this machine."""
    owner = Organization.objects.get(name=BOXES["delinde"])
    key, secret = ApiKey.objects.issue(owner, "Demopagina", networks=NEAR)
    for box in Box.objects.filter(name__in=BOXES):
        grant(box, ["read"], key=key)
    return {"id": key.key_id, "secret": secret}


def _welcome(facts: dict[str, Any], example: str) -> str:
    api = f"{settings.BASE_URL}/api/v1"
    curl = f"curl -u {facts['key']}:{facts['secret']}"
    note = (
        '\'{"to": [{"address": "wilgenhof"}], "subject": "Proef", '
        '"contentType": "text/plain", "content": "Dag!"}\''
    )
    return f"""
MessageBox is ready, with the example boxes {", ".join(BOXES)}.

  Look around    {settings.BASE_URL}/demo/
  Inbox          {settings.BASE_URL}/inbox/
                 users {" and ".join(COLLEAGUES)}, colleagues who share a mailbox
  Administer     {settings.BASE_URL}/admin/
                 user {ADMIN}
  For each       password {facts["password"]}
  API key        {facts["key"]}
  API secret     {facts["secret"]}
  API in words   {api}/docs
  A message      {example}

What is in the box of the practice:
  {curl} {api}/delinde/messages

Only what is about one patient:
  {curl} {api}/delinde/search -d '{{"bsn": "999990044"}}'

Send something:
  {curl} {api}/delinde/send -d {note}
"""
