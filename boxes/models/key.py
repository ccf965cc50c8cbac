import hashlib
import hmac
import ipaddress
import secrets
import string
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from boxes.models.prepared import Prepared, given

ALPHABET = string.ascii_letters + string.digits
ID_LENGTH = 16
SECRET_LENGTH = 43  # 43 characters of 62 hold 256 bits


def _draw(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def validate_networks(networks: object) -> None:
    if not isinstance(networks, list):
        raise ValidationError(_("Give a list of networks, such as [“10.0.0.0/8”]."))
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise ValidationError(
                _("%(network)s is not a network; write it as 10.0.0.0/8."),
                params={"network": network},
            ) from error


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def issue(self, organization, label: str, **fields) -> tuple["ApiKey", str]:
        """Make a key; returns it with its secret, which is shown this once and kept nowhere."""
        key = self.model(organization=organization, label=label, **fields)
        secret = key.draw_secret()
        key.save(force_insert=True)
        return key, secret

    def expiring(self, ahead: timedelta, past: timedelta) -> "ApiKeyQuerySet":
        """Those that expire within so long, or did so recently; the first to go first."""
        moment = now()
        within = self.filter(expires_at__gt=moment - past, expires_at__lte=moment + ahead)
        return within.filter(revoked_at=None).order_by("expires_at")

    def known(self, key_id: str) -> "ApiKey | None":
        """The key of this id, usable or not; composed once, since each request asks."""
        return _KNOWN.first(key_id=key_id)


_KNOWN: "Prepared[ApiKey]" = Prepared(
    lambda: ApiKey.objects.filter(key_id=given("key_id")).order_by()
)


class ApiKey(models.Model):
    """The login of one piece of software, in the name of an organization."""

    organization = models.ForeignKey(
        "boxes.Organization", models.PROTECT, verbose_name=_("organization")
    )
    label = models.CharField(_("label"), max_length=200, help_text=_("Which software uses it."))
    key_id = models.CharField(_("key"), max_length=32, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)
    sends_as = models.ForeignKey(
        "boxes.Box",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sends as"),
        help_text=_(
            "The box whose messages this key sends through the interface of another system, "
            "where no box is named. Empty: the only box that the key may send from."
        ),
    )
    networks = models.JSONField(
        _("allowed networks"),
        default=list,
        blank=True,
        validators=[validate_networks],
        help_text=_("Empty: from anywhere. Else a list such as [“192.0.2.0/24”]."),
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("organization__name", "label")
        constraints = [
            models.CheckConstraint(
                condition=~Q(secret_hash=""), name="key_has_secret", violation_error_code="secret"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.key_id})"

    is_authenticated = True  # what Django's permission machinery asks of a caller

    @property
    def subject(self) -> str:
        """Who this is, in tokens and in the log."""
        return f"key:{self.key_id}"

    @property
    def title(self) -> str:
        return self.label

    def draw_secret(self) -> str:
        """Give an unsaved key its identifier and secret; only the secret's hash stays with it."""
        secret = _draw(SECRET_LENGTH)
        self.key_id, self.secret_hash = _draw(ID_LENGTH), hash_secret(secret)
        return secret

    @staticmethod
    def split_token(token: str) -> tuple[str, str]:
        """Key and secret of a token: both in one string, for systems that know but one.
        Empty strings where it cannot be one."""
        if len(token) != ID_LENGTH + SECRET_LENGTH or not set(token) <= set(ALPHABET):
            return "", ""
        return token[:ID_LENGTH], token[ID_LENGTH:]

    def has_secret(self, secret: str) -> bool:
        return hmac.compare_digest(self.secret_hash, hash_secret(secret))

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= now()

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and not self.is_expired

    def may_come_from(self, address: str) -> bool:
        if not self.networks:
            return True
        try:
            caller = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(caller in ipaddress.ip_network(network) for network in self.networks)

    def used(self) -> None:
        """Remember the use, at most once a minute: reading should not cost a write."""
        moment = now()
        if self.last_used_at is None or self.last_used_at < moment - timedelta(minutes=1):
            ApiKey.objects.filter(pk=self.pk).update(last_used_at=moment)

    def revoke(self) -> None:
        ApiKey.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=now())


def hash_secret(secret: str) -> str:
    """One fast hash: the secret is 256 random bits, which no slow hash could guard better."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
