"""django-allauth's accounts as MessageBox wants them: nobody signs up, and no mail to strangers."""

import logging
import smtplib
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from boxes import refusals
from boxes.caller_address import caller_address

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return caller_address(request)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        refusals.record("user_inactive", caller=user, address=caller_address(request))
        return super().respond_user_inactive(request, user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who just signed in is not asked again who they are."""
        records = get_authentication_records(self.request, self.request.user)
        if records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """The page says the same whether there is a mail or not; what went wrong is logged."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, smtplib.SMTPException) as error:
            logger.error("A mail about a forgotten password could not be sent: %s", error)
            refusals.record("mail_not_sent", detail=f"forgotten password: {error}")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Where the installation says it is, whatever host name the request carried."""
        path = super().get_reset_password_from_key_url(key).split("://", 1)[1].partition("/")[2]
        return f"{settings.BASE_URL}/{path}"
