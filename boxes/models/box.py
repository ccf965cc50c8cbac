import re
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.db.models import BooleanField, Case, ExpressionWrapper, F, FilteredRelation, Q, When
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from boxes.models.access import in_force
from boxes.models.key import ApiKey
from boxes.models.prepared import Prepared, given
from boxes.theme import faults

NAME_PATTERN = r"[a-z0-9]{1,64}"
SENDER_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", re.ASCII)
# Names that the URL space needs, now or soon.
RESERVED_NAMES = frozenset(
    """
    accounts admin api archive archived auth box boxes css csv ctl default delivery demo docs
    error favicon health help i18n img inbox js json jsv letter live login logout mail media
    message messages metadata metrics outbox postmaster ready robots root schema sent settings
    sms static status system v1 v2 v3 view viewer webhooks www xml
    """.split()
)


def validate_box_name(name: str) -> None:
    if not re.fullmatch(NAME_PATTERN, name, re.ASCII):
        raise ValidationError(
            _("A box name is 1 to 64 lowercase letters and digits, without spaces."),
            code="invalid",
        )
    if name in RESERVED_NAMES:
        raise ValidationError(
            _("The name “%(name)s” is reserved for addresses of the service itself."),
            params={"name": name},
            code="reserved",
        )


def validate_origins(origins: object) -> None:
    if not isinstance(origins, list):
        raise ValidationError(
            _("Give a list of exact origins, such as [“https://epd.example.org”].")
        )
    for origin in origins:
        if not isinstance(origin, str) or not ORIGIN.fullmatch(origin):
            raise ValidationError(
                _(
                    "%(origin)s is not an exact origin; write scheme, host and port, without a "
                    "path, as https://epd.example.org."
                ),
                params={"origin": origin},
            )


def validate_sender_addresses(addresses: object) -> None:
    if not isinstance(addresses, list):
        raise ValidationError(_("Give a list of e-mail addresses, such as [“desk@example.org”]."))
    for address in addresses:
        if not isinstance(address, str) or not SENDER_ADDRESS.fullmatch(address):
            raise ValidationError(
                _("%(address)s is not an e-mail address; write it as desk@example.org."),
                params={"address": address},
            )


class BoxQuerySet(models.QuerySet["Box"]):
    def open_to(self, caller) -> "BoxQuerySet":
        """The boxes that this user or API key may open: the only door to a box.

        Each comes with the caller's rights, so that asking for one costs no query.
        """
        return self._open_to(_holder(caller), caller, now())

    def opened(self, name: str, caller) -> "Box | None":
        """The box of this name, when it is open to the caller: the same door, for each request."""
        moment = connection.ops.adapt_datetimefield_value(now())
        return _OPENED[_holder(caller)].first(name=name, caller=caller.pk, moment=moment)

    def all_opened(self, caller) -> "list[Box]":
        """All that are open to the caller, by name: the same door, for each page."""
        moment = connection.ops.adapt_datetimefield_value(now())
        return _ALL_OPENED[_holder(caller)].all(caller=caller.pk, moment=moment)

    def _open_to(self, holder: str, caller, moment) -> "BoxQuerySet":
        """Rights count within the period of the access; those that a group gives as well, as
        long as the group does."""
        access = FilteredRelation("accesses", condition=Q(**{f"accesses__{holder}": caller}))
        held = self.filter(state=Box.State.OPEN).annotate(access=access)
        held = held.filter(access__isnull=False)
        active = in_force(moment, "access")
        more = {"access_until": F("access__until"), "through": F("access__given_by")}
        if holder == "key":
            more |= {f"may_{right}": F(f"access__{right}") for right in RIGHTS}
            return held.filter(active).annotate(**more)
        by_group = FilteredRelation("group_accesses", condition=Q(group_accesses__user=caller))
        through = Case(When(active, then=more["through"]), default=F("by_group__groups"))
        rights = {f"may_{right}": _may(right, active) for right in RIGHTS}
        return (
            held.annotate(by_group=by_group)
            .filter(active | Q(by_group__isnull=False))
            .annotate(**{**more, "through": through, **rights})
        )


def _may(right: str, active: Q) -> ExpressionWrapper:
    held = Q(**{f"access__{right}": True}) & (active | Q(**{f"by_group__{right}": True}))
    return ExpressionWrapper(held, output_field=BooleanField())


def _holder(caller) -> str:
    return "key" if isinstance(caller, ApiKey) else "user"


def _prepared(holder: str) -> "Prepared[Box]":
    return Prepared(
        lambda: (
            Box.objects.all()
            ._open_to(holder, given("caller"), given("moment"))
            .filter(name=given("name"))
            .order_by()
        )
    )


def _prepared_all(holder: str) -> "Prepared[Box]":
    return Prepared(
        lambda: (
            Box.objects.all()._open_to(holder, given("caller"), given("moment")).order_by("name")
        )
    )


_OPENED = {holder: _prepared(holder) for holder in ("key", "user")}
_ALL_OPENED = {holder: _prepared_all(holder) for holder in ("key", "user")}
RIGHTS = ("read", "send", "deliver", "manage")


class Box(models.Model):
    """A named place that owns messages; its name is its address."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    class RemoteImages(models.TextChoices):
        NEVER = "never", _("never")
        ASK = "ask", _("after a click")

    name = models.CharField(_("name"), max_length=64, unique=True, validators=[validate_box_name])
    display_name = models.CharField(_("display name"), max_length=200, blank=True)
    organization = models.ForeignKey(
        "boxes.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="boxes",
        verbose_name=_("organization"),
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    retention_days = models.PositiveIntegerField(
        _("keep messages for (days)"), null=True, blank=True, help_text=_("Empty: for ever.")
    )
    origins = models.JSONField(
        _("origins that may frame the viewer"),
        default=list,
        blank=True,
        validators=[validate_origins],
        help_text=_("Empty: any https page. Else a list such as [“https://epd.example.org”]."),
    )
    sender_addresses = models.JSONField(
        _("addresses it may send as"),
        default=list,
        blank=True,
        validators=[validate_sender_addresses],
        help_text=_(
            "For software that sends through the interface of another system: e-mail addresses "
            "that it may name as sender, such as [“desk@example.org”]."
        ),
    )
    listed = models.BooleanField(
        _("listed as recipient"),
        default=False,
        help_text=_("Others here find this box, its title and organization, while they write."),
    )
    contacts = models.JSONField(
        _("contacts"),
        default=list,
        blank=True,
        validators=[validate_sender_addresses],
        help_text=_(
            "Who gets a mail, without anything about patients, when something waits too long: "
            "e-mail addresses, such as [“desk@example.org”]. Empty: who manages the box."
        ),
    )
    reminded_at = models.DateTimeField(null=True, editable=False)
    theme = models.JSONField(_("theme"), default=dict, blank=True)
    token_lifetime = models.PositiveIntegerField(
        _("life of a viewer token (seconds)"),
        default=900,
        validators=[MinValueValidator(60), MaxValueValidator(3600)],
    )
    requires_user = models.BooleanField(
        _("tokens only for a named person"),
        default=False,
        help_text=_("Lists then hand out no token; the software asks one for the person."),
    )
    remote_images = models.CharField(
        _("remote images"), max_length=8, choices=RemoteImages, default=RemoteImages.NEVER
    )

    # The caller's rights, on a box that came through open_to.
    may_read: bool
    may_send: bool
    may_deliver: bool
    may_manage: bool
    # Through whom the caller has them, and when what was given by hand ends.
    through: str = ""
    access_until: datetime | None = None

    objects = BoxQuerySet.as_manager()

    class Meta:
        verbose_name = _("box")
        verbose_name_plural = _("boxes")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="box_has_name"),
            models.CheckConstraint(condition=Q(state__in=("open", "closed")), name="box_state"),
            models.CheckConstraint(
                condition=Q(token_lifetime__gte=60, token_lifetime__lte=3600),
                name="box_token_lifetime",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if found := faults(self.theme):
            raise ValidationError({"theme": found})

    @property
    def title(self) -> str:
        return self.display_name or self.name

    def may_send_as(self, address: str) -> bool:
        """Whether software of this box may name the e-mail address as sender."""
        return address.casefold() in {item.casefold() for item in self.sender_addresses}

    def claim_reminder(self) -> bool:
        """True for the one worker that may mail the contacts now."""
        same = Box.objects.filter(pk=self.pk, reminded_at=self.reminded_at)
        return bool(same.update(reminded_at=now()))

    def give_reminder_back(self) -> None:
        """It did not leave: the next round tries again."""
        Box.objects.filter(pk=self.pk).update(reminded_at=self.reminded_at)

    @property
    def zone(self) -> str:
        return self.time_zone or settings.TIME_ZONE

    def allows(self, caller, right: str) -> bool:
        """Whether the caller holds the right; *manage* includes the others."""
        if not hasattr(self, "may_read"):
            opened = Box.objects.open_to(caller).filter(pk=self.pk).first()
            return opened is not None and opened.allows(caller, right)
        return bool(self.may_manage or getattr(self, f"may_{right}"))
