from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.text import capfirst
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from boxes.encryption import Undecryptable
from boxes.envelope import Envelope
from boxes.models import Box, Message
from boxes.models.prepared import Prepared, given
from boxes.sealed import Sealed, SealedField
from boxes.sentence import Sentence, english, kept, told_again
from transports.base import Refused
from transports.registry import title_of
from transports.wire.http import Site

# The road of ordinary e-mail where no account was chosen for it.
PLAIN_MAIL = "email"


class Security(models.TextChoices):
    TLS = "tls", _("TLS from the start")
    STARTTLS = "starttls", _("STARTTLS")
    NONE = "none", _("none")


class Mode(models.TextChoices):
    OFF = "off", _("nothing is collected")
    SHADOW = "shadow", _("take copies, leave everything there")
    OWN = "own", _("take over: remove there what was stored here")


def lacking(box: Box, transport: str) -> str:
    """What to say of a road that has no account."""
    return Sentence(
        "The box %(name)s has no %(road)s account, so nothing leaves by that road. Ask "
        "your administrator to add one, or use another address.",
        name=box.name,
        road=title_of(transport),
    )


class AccountQuerySet(models.QuerySet["Account"]):
    def of_box(self, box: Box) -> "AccountQuerySet":
        """What the box may use, its own accounts before the installation's."""
        return self.filter(Q(box=box) | Q(box=None), active=True).order_by(
            F("box").asc(nulls_last=True), "id"
        )

    def for_box(self, box: Box, transport: str) -> "Account | None":
        """The box's own account, else the installation's, else None."""
        return self.of_box(box).filter(transport=transport).first()

    def needed_for(self, box: Box, transport: str) -> "Account":
        """The account, where the road leads nowhere without one. Raises Refused."""
        account = self.for_box(box, transport)
        if account is None:
            raise Refused(lacking(box, transport), permanent=True)
        return account

    def mail_road(self, box: Box) -> str:
        """The name of the road that the box's ordinary e-mail takes.

        A box's choice comes before the installation's; its own mail server is a choice too.
        """
        found = _MAIL_ROAD.rows(box=box.pk)
        return found[0][0] if found else PLAIN_MAIL

    def claim_due(self, seconds: float) -> "Account | None":
        """One whose turn it is, reserved for so long; None where there is none."""
        due = self.collecting().filter(collect_at__lte=now()).order_by("collect_at")
        free = (account for account in due.select_related("box"))
        return next((account for account in free if account.claim_collecting(seconds)), None)

    def being_collected(self) -> "AccountQuerySet":
        return self.filter(collecting_until__gt=now())

    def failing(self) -> "AccountQuerySet":
        """Those in use whose last test or last collection went wrong."""
        return self.filter(~Q(test_error="") | ~Q(collect_error=""), active=True)

    def overdue(self, patience: timedelta) -> "AccountQuerySet":
        """Those that should collect and have not for so long, with or without a reason."""
        return self.collecting().filter(collected_at__lt=now() - patience)

    def collecting(self) -> "AccountQuerySet":
        return self.filter(active=True, box__state=Box.State.OPEN).exclude(incoming_mode=Mode.OFF)


def _choosing_the_mail_road() -> models.QuerySet:
    # A mail account without a host collects only.
    chosen = Q(carries_mail=True) | (Q(transport=PLAIN_MAIL) & ~Q(host=""))
    accounts = Account.objects.filter(chosen, Q(box_id=given("box")) | Q(box=None), active=True)
    order = (F("box").asc(nulls_last=True), "-carries_mail")
    return accounts.order_by(*order).values_list("transport")[:1]


# Asked for each recipient of a message, by each road that may carry ordinary mail.
_MAIL_ROAD: "Prepared[Account]" = Prepared(_choosing_the_mail_road)


class Account(models.Model):
    """A login at one external system, of one box or of the whole installation.

    Which of the fields it needs, its transport says (``account_fields``).
    """

    Security = Security
    Mode = Mode

    box = models.ForeignKey(
        Box,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("box"),
        help_text=_("Empty: for every box of this installation."),
    )
    transport = models.CharField(_("transport"), max_length=32)
    url = models.CharField(
        _("address of the interface"),
        max_length=500,
        blank=True,
        help_text=_("Such as https://hub.example.org/. Empty: the system's public address."),
    )
    host = models.CharField(_("host"), max_length=255, blank=True)
    port = models.PositiveIntegerField(_("port"), default=587)
    security = models.CharField(
        _("security"), max_length=8, choices=Security, default=Security.STARTTLS
    )
    username = models.CharField(_("user name"), max_length=255, blank=True)
    sealed_password = SealedField(purpose=b"account")
    password = Sealed("sealed_password")
    account_id = models.CharField(
        _("account number"),
        max_length=64,
        blank=True,
        help_text=_("Where it differs from the user name."),
    )
    sealed_secret = SealedField(purpose=b"account secret")
    # The second secret, for systems that know two.
    secret = Sealed("sealed_secret")
    carries_mail = models.BooleanField(
        _("carries ordinary e-mail"),
        default=False,
        help_text=_("E-mail of this box, or of every box, leaves by this account."),
    )
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # collecting
    incoming_mode = models.CharField(
        _("collecting"),
        max_length=8,
        choices=Mode,
        default=Mode.OFF,
        help_text=_("Begin with copies, to try it beside the software that collects now."),
    )
    incoming_host = models.CharField(
        _("host for collecting"),
        max_length=255,
        blank=True,
        help_text=_("The IMAP server. Empty: the same host."),
    )
    incoming_port = models.PositiveIntegerField(_("port for collecting"), default=993)
    incoming_security = models.CharField(
        _("security for collecting"), max_length=8, choices=Security, default=Security.TLS
    )
    collect_at = models.DateTimeField(default=now, editable=False)
    collecting_until = models.DateTimeField(null=True, editable=False)
    collected_at = models.DateTimeField(_("last collected"), null=True, editable=False)
    collect_error = models.TextField(_("what went wrong at collecting"), blank=True, editable=False)
    collect_error_parts = models.JSONField(null=True, editable=False)
    # the last test of the connection
    tested_at = models.DateTimeField(_("last tested"), null=True, editable=False)
    test_error = models.TextField(_("what the test found wrong"), blank=True, editable=False)
    test_error_parts = models.JSONField(null=True, editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=("box", "transport"), condition=Q(box__isnull=False), name="account_of_box"
            ),
            models.UniqueConstraint(
                fields=("transport",), condition=Q(box=None), name="account_of_installation"
            ),
            models.UniqueConstraint(
                fields=("box",),
                condition=Q(box__isnull=False, carries_mail=True),
                name="account_one_for_mail_of_box",
                violation_error_message=_("Another account carries the e-mail of this box."),
            ),
            models.UniqueConstraint(
                fields=("carries_mail",),
                condition=Q(box=None, carries_mail=True),
                name="account_one_for_mail",
                violation_error_message=_("Another account carries the e-mail of every box."),
            ),
            models.CheckConstraint(condition=Q(port__gte=1, port__lte=65535), name="account_port"),
            models.CheckConstraint(
                condition=Q(incoming_port__gte=1, incoming_port__lte=65535),
                name="account_incoming_port",
            ),
            models.CheckConstraint(
                condition=Q(incoming_mode=Mode.OFF) | Q(box__isnull=False),
                name="account_collects_for_a_box",
            ),
        ]

    def __str__(self) -> str:
        road = capfirst(title_of(self.transport))
        return f"{road} {self.username or self.host or self.url}".strip()

    def clean(self) -> None:
        if self.incoming_mode != Mode.OFF and self.box is None:
            raise ValidationError(
                {"incoming_mode": _("Choose the box that what is collected is put into.")}
            )

        others = Account.objects.filter(transport=self.transport, box=self.box)
        if others.exclude(pk=self.pk).exists():
            # The constraint says so too, but not to a form that does not ask for the transport.
            raise ValidationError(
                _("There is such an account already; change that one, or choose a box.")
            )

    @property
    def origin(self) -> str:
        """How sentences name it: what a person has to mend."""
        road = title_of(self.transport)
        if self.box:
            return Sentence("the %(road)s account of box %(box)s", road=road, box=self.box.name)
        return Sentence("the %(road)s account", road=road)

    def readable_password(self) -> str:
        """Raises Refused when it can no longer be read."""
        try:
            return self.password
        except Undecryptable as error:
            raise Refused(
                Sentence(
                    "The password of %(origin)s can no longer be read. Enter it again in the "
                    "admin.",
                    origin=self.origin,
                ),
                permanent=False,
            ) from error

    def site(self, default_url: str = "", **changes) -> Site:
        """Its HTTP interface, for transports.wire.http."""
        return Site(
            name=title_of(self.transport),
            url=self.url or default_url,
            origin=self.origin,
            ca_file=settings.ROADS_CA_FILE,
            connect_timeout=settings.ROADS_CONNECT_TIMEOUT,
            timeout=settings.ROADS_TIMEOUT,
            **changes,
        )

    # -- collecting --

    def has_collected(self, unique_id: str) -> bool:
        return Collected.objects.filter(account=self, unique_id=unique_id).exists()

    def receive(self, envelope: Envelope, unique_id: str, *, through: str = "") -> Message | None:
        """Put what was collected into the box, once; None when it was taken before.

        ``unique_id`` is the far side's name for it, at most 500 characters. The message and
        the memory of it are committed together, so that a crash repeats or leaves nothing.
        ``through`` says by what it came, where its sender is not the one it names.
        """
        assert self.box is not None  # the table lets no other account collect
        with transaction.atomic():
            # The row is locked first: two collectors must not both find nothing remembered.
            Account.objects.select_for_update().get(pk=self.pk)
            if self.has_collected(unique_id):
                return None
            message = Message.objects.receive(
                self.box, envelope, source=self.transport, through=through
            )
            self.remember(unique_id, message)
        return message

    def remember(self, unique_id: str, message: Message | None = None) -> None:
        """Never take this one again; without a message, because it is none for the box."""
        Collected.objects.get_or_create(
            account=self, unique_id=unique_id, defaults={"xuid": message.xuid if message else ""}
        )

    # -- what became of the last try --

    @property
    def collect_trouble(self) -> str:
        """What went wrong, in the language of whoever reads it."""
        return told_again(self.collect_error, self.collect_error_parts)

    @property
    def test_trouble(self) -> str:
        return told_again(self.test_error, self.test_error_parts)

    def claim_collecting(self, seconds: float) -> bool:
        """True for the one worker that may collect now; the claim runs out by itself."""
        later = now() + timedelta(seconds=seconds)
        free = Account.objects.filter(pk=self.pk, collect_at__lte=now())
        return bool(free.update(collect_at=later, collecting_until=later))

    def collected(self, pause: float, error: str = "") -> None:
        """Collecting ended; again after ``pause`` seconds."""
        moment = now()
        changes = {
            "collect_at": moment + timedelta(seconds=pause),
            "collecting_until": None,
            "collect_error": english(error),
            "collect_error_parts": kept(error),
        }
        if not error:
            changes["collected_at"] = moment
        Account.objects.filter(pk=self.pk).update(**changes)

    def tested(self, error: str) -> None:
        Account.objects.filter(pk=self.pk).update(
            tested_at=now(), test_error=english(error), test_error_parts=kept(error)
        )


class Collected(models.Model):
    """What an account took from its system, so that it never takes it twice."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    unique_id = models.CharField(max_length=500)
    xuid = models.CharField(max_length=24, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("account", "unique_id"), name="collected_once_an_account"
            )
        ]

    def __str__(self) -> str:
        return self.unique_id
