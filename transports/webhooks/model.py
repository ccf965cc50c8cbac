import base64
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from boxes.errors import WrongStatus
from boxes.models import Access, ApiKey, Box, Change
from boxes.models.change import Later, Position
from boxes.sealed import Sealed, SealedField
from boxes.sentence import english, kept, told_again
from boxes.xuid import new_xuid
from transports.wire.http import NotPublic, refuse_private

MAX_URL = 1000
MOST_A_BOX = 20
# How many changes that wait are counted; more are as many for a person.
COUNTED = 1000
SECRET_BYTES = 32


def validate_url(url: str) -> None:
    """An address that may be posted to, as far as it tells itself: where its name leads to is
    looked at with each post."""
    sentence = _("Give an https address without user name or fragment.")
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    plain = url.isascii() and all("!" <= sign <= "~" for sign in url)
    if not good or not plain or "@" in parts.netloc or "#" in url:
        raise ValidationError(sentence, code="invalid")
    if not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES:
        _refuse_private_host(parts.hostname or "")


def _refuse_private_host(host: str) -> None:
    sentence = _(
        "This address lies in a private network, to which nothing is sent unless the installation "
        "allows it (WEBHOOKS_TO_PRIVATE_ADDRESSES)."
    )
    try:
        refuse_private(host)
    except NotPublic as error:
        raise ValidationError(sentence, code="private") from error
    except ValueError:  # a name
        if host.rstrip(".").lower() == "localhost":
            raise ValidationError(sentence, code="private") from None


def _news(changes: models.QuerySet[Change]) -> models.Exists:
    later = Later(OuterRef("xact"), OuterRef("change_id"))
    return models.Exists(changes.filter(later, box=OuterRef("box")))


def _entitled(moment: datetime) -> Q:
    """What software made is told as long as its key may still manage the box; what a person
    made in the admin, until a person takes it away."""
    lasting = Q(key__expires_at=None) | Q(key__expires_at__gt=moment)
    held = Access.objects.in_force(moment).filter(
        key=OuterRef("key"), box=OuterRef("box"), manage=True
    )
    return Q(key=None) | (Q(lasting, key__revoked_at=None) & Q(models.Exists(held)))


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def in_flight(self) -> "WebhookQuerySet":
        return self.filter(claimed_until__gt=now())

    def failing(self) -> "WebhookQuerySet":
        """Those whose last attempt failed and that are tried again."""
        return self.filter(active=True, attempts__gt=0)

    def given_up(self) -> "WebhookQuerySet":
        """Those that were turned off because they failed."""
        return self.filter(active=False).exclude(error="")

    def orphaned(self) -> "WebhookQuerySet":
        """Those that are on and told nothing: the key that made them may no longer."""
        return self.filter(active=True).exclude(_entitled(now()))

    def with_news(self) -> "WebhookQuerySet":
        """Each with whether something happened that it was not told (``behind``)."""
        return self.annotate(behind=_news(Change.objects.settled()))

    def due(self) -> "WebhookQuerySet":
        """Those with something to tell whose time has come, and that nobody tells already."""
        return self._awake().filter(_news(Change.objects.settled()))

    def due_soon(self) -> "WebhookQuerySet":
        """The same, and those with changes that wait for an earlier transaction to end."""
        return self._awake().filter(_news(Change.objects.all()))

    def _awake(self) -> "WebhookQuerySet":
        moment = now()
        unclaimed = Q(claimed_until=None) | Q(claimed_until__lte=moment)
        open_ = Q(box__state=Box.State.OPEN)
        return self.filter(
            unclaimed, open_, _entitled(moment), active=True, due_at__lte=moment
        ).order_by("due_at", "pk")

    def claim_due(self, limit: int, seconds: float) -> list["Webhook"]:
        """Reserve webhooks that are due; each comes back with its claim and its box."""
        claimed = []
        for webhook in self.due().select_related("box")[:limit]:
            claim = secrets.token_hex(8)
            if self.filter(pk=webhook.pk, claim=webhook.claim, active=True).update(
                claim=claim, claimed_until=now() + timedelta(seconds=seconds)
            ):
                webhook.claim = claim
                claimed.append(webhook)
        return claimed


class Webhook(models.Model):
    """An address that the changes of one box are posted to, in their order.

    It keeps its own place in them, so nothing is lost while it is off or fails.
    """

    box = models.ForeignKey(Box, models.CASCADE, related_name="webhooks", verbose_name=_("box"))
    xuid = models.CharField(max_length=24, unique=True, default=new_xuid, editable=False)
    url = models.CharField(_("address"), max_length=MAX_URL, validators=[validate_url])
    key = models.ForeignKey(
        ApiKey,
        models.CASCADE,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    sealed_secret = SealedField(purpose=b"webhook")
    secret = Sealed("sealed_secret")
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # The place behind the last change that it took.
    xact = models.BigIntegerField(default=0)
    change_id = models.BigIntegerField(default=0)
    # how it goes
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"), default=now)
    claim = models.CharField(max_length=16, blank=True)
    claimed_until = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(_("last success"), null=True)
    error = models.TextField(_("what went wrong"), blank=True)
    error_parts = models.JSONField(null=True, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ("box__name", "pk")

    def __str__(self) -> str:
        return f"{self.box.name} → {self.host}"

    @property
    def host(self) -> str:
        """Where it leads, without what may be a secret of the receiver's in its path."""
        return urlsplit(self.url).netloc

    @property
    def position(self) -> Position:
        return Position(self.xact, self.change_id)

    @position.setter
    def position(self, position: Position) -> None:
        self.xact, self.change_id = position

    @property
    def next_attempt_at(self) -> datetime | None:
        """When it is tried again; None while all is well, and when it is off."""
        return self.due_at if self.active and self.attempts else None

    @property
    def trouble(self) -> str:
        """What went wrong, in the language of whoever reads it."""
        return told_again(self.error, self.error_parts)

    @property
    def waiting(self) -> int:
        """How many changes it has still to take, as far as they are counted."""
        return Change.objects.told(self.box, self.position)[:COUNTED].count()

    def draw_secret(self) -> str:
        """Give it a secret to sign with, in the form that receivers know; shown this once."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        self.secret = secret
        return secret

    # -- moves of the worker that holds the claim; each says whether it holds it still --

    def took(self, position: Position, seconds: float) -> bool:
        """The receiver has what is at this position; the claim goes on for so long."""
        self.position, self.attempts = position, 0
        return self._move(
            xact=position.xact,
            change_id=position.id,
            attempts=0,
            error="",
            error_parts=None,
            succeeded_at=now(),
            claimed_until=now() + timedelta(seconds=seconds),
        )

    def let_go(self) -> bool:
        """Another gets its turn."""
        return self._move(claim="", claimed_until=None, due_at=now())

    def retry(self, sentence: str, pause: float) -> bool:
        return self._move(
            claim="",
            claimed_until=None,
            attempts=F("attempts") + 1,
            error=english(sentence),
            error_parts=kept(sentence),
            due_at=now() + timedelta(seconds=pause),
        )

    def give_up(self, sentence: str) -> bool:
        """Off, until a person or its software turns it on again."""
        return self._move(
            claim="",
            claimed_until=None,
            attempts=F("attempts") + 1,
            error=english(sentence),
            error_parts=kept(sentence),
            active=False,
        )

    def _move(self, **changes) -> bool:
        held = Webhook.objects.filter(pk=self.pk, claim=self.claim, active=True)
        return bool(held.update(**changes))

    # -- moves of a person, or of software that may manage the box --

    def turn_on(self, position: Position | None = None) -> None:
        """At once, from where it stopped or from another position. Raises WrongStatus where
        something it has not had is no longer kept."""
        begin = self.position if position is None else position
        if Change.objects.lost(self.box, begin):
            raise WrongStatus(
                gettext(
                    "It stopped more than %(days)d days ago: changes that it has not had are gone. "
                    "Turn it on from now, and let its software read the list of messages anew."
                )
                % {"days": settings.CHANGES_DAYS}
            )
        self._turn(active=True, xact=begin.xact, change_id=begin.id)

    def turn_off(self) -> None:
        self._turn(active=False)

    def move_to(self, url: str, key: ApiKey) -> None:
        """From now on to another address, at once where it waits, and for as long as the key that
        chose it may manage the box."""
        self._turn(url=url, key=key)

    def _turn(self, **changes) -> None:
        """Takes it out of the hands of whoever tells it now, who then stops."""
        Webhook.objects.filter(pk=self.pk).update(
            claim="",
            claimed_until=None,
            attempts=0,
            error="",
            error_parts=None,
            due_at=now(),
            **changes,
        )
        self.refresh_from_db()
