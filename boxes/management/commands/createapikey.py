from datetime import timedelta

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils.timezone import now

from boxes.management.answers import AnsweringCommand, cleaned
from boxes.management.grants import box_named, grant, split_grant
from boxes.models import ApiKey, LogEntry, Organization


class Command(AnsweringCommand):
    help = "Make an API key. Its secret is printed this once and kept nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--organization", required=True, help="who answers for it; made when there is none yet"
        )
        parser.add_argument(
            "--box",
            dest="boxes",
            action="append",
            required=True,
            metavar="NAME:RIGHT",
            help="what it may do, such as jill:read,send; several times for several boxes",
        )
        parser.add_argument("--label", default="software", help="which software uses it")
        parser.add_argument(
            "--sends-as",
            metavar="BOX",
            help="whose messages it sends through the interface of another system",
        )
        parser.add_argument("--days", type=int, help="after so many days it expires")
        parser.add_argument(
            "--network",
            dest="networks",
            action="append",
            default=[],
            metavar="CIDR",
            help="from where it may come, such as 192.0.2.0/24; several times for several",
        )

    @transaction.atomic
    def handle(self, *args, **options) -> None:
        grants = [split_grant(text) for text in options["boxes"]]
        organization, _ = Organization.objects.get_or_create(name=options["organization"])
        expires_at = now() + timedelta(days=options["days"]) if options["days"] else None
        key, secret = ApiKey.objects.issue(
            organization,
            options["label"],
            networks=options["networks"],
            expires_at=expires_at,
            sends_as=box_named(options["sends_as"]) if options["sends_as"] else None,
        )
        cleaned(key)
        for box, rights in grants:
            grant(box, rights, key=key)
        LogEntry.objects.record("add", detail=f"API key {key}")
        facts = {"key": key.key_id, "secret": secret, "token": key.key_id + secret}
        sentence = (
            f"key     {key.key_id}\nsecret  {secret}\ntoken   {key.key_id}{secret}\n\n"
            "Keep the secret now: it is not shown again. Key and secret are user name and "
            "password of HTTP Basic;\nthe token is both in one, for systems that take one."
        )
        self.answer(options, facts, sentence)
