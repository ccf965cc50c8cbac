"""A link by mail with which somebody chooses the password of their user, once."""

import smtplib

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from boxes.models import User


class NotInvited(Exception):
    """Its text is a sentence for who wanted it sent."""


def invitations_are_on() -> bool:
    return bool(settings.MAIL_DOMAIN) and settings.LOCAL_PASSWORDS


def may_be_invited(user: User) -> bool:
    return bool(
        invitations_are_on() and user.is_active and user.email and user.has_usable_password()
    )


def invite(user: User) -> None:
    """Mail the link; it ends when it is used, and after three days. Raises NotInvited."""
    uid, key = user_pk_to_url_str(user), default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})
    context = {
        "username": user.username,
        "url": f"{settings.BASE_URL}{path}",
        "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
    }
    subject, body = (
        render_to_string(f"account/email/invitation_{part}.txt", context).strip()
        for part in ("subject", "message")
    )
    try:
        send_mail(subject, body, None, [user.email])
    except (OSError, smtplib.SMTPException) as error:
        raise NotInvited(
            _("The mail to %(address)s could not be sent: %(error)s")
            % {"address": user.email, "error": error}
        ) from error
