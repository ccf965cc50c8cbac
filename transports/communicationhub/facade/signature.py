"""Mailgun's signature: HMAC-SHA256 over time and token, by the second secret of an account.

Without such a secret nobody can report or deliver anything. A signature is good for a day, and
so long its token is remembered: what comes again changes nothing.
"""

import hashlib
import hmac
import logging
import re
import time
from datetime import timedelta

from django.utils.timezone import now

from boxes.encryption import Undecryptable
from transports.models import Account, Collected

logger = logging.getLogger(__name__)

GOOD_FOR = timedelta(days=1)
AHEAD = timedelta(minutes=10)  # of a clock that is not ours
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)
_REMEMBERED = "webhook "


def signer_of(timestamp: str, token: str, signature: str) -> Account | None:
    """The account whose secret made the signature; None where none did, or too long ago."""
    if not (re.fullmatch(r"[0-9]{1,12}", timestamp, re.ASCII) and _TOKEN.fullmatch(token)):
        return None
    age = time.time() - int(timestamp)
    if not -AHEAD.total_seconds() <= age <= GOOD_FOR.total_seconds():
        return None
    for account in Account.objects.filter(transport="communicationhub", active=True):
        secret = _secret_of(account)
        if secret and hmac.compare_digest(_signed(secret, timestamp, token), _bytes(signature)):
            return account
    return None


def is_repeated(account: Account, token: str) -> bool:
    """Whether the token was used before; from now on it was. Runs inside a transaction, so
    that a webhook that could not be carried out leaves nothing behind."""
    Account.objects.select_for_update().get(pk=account.pk)  # one of two at the same moment waits
    used = Collected.objects.filter(account=account, unique_id__startswith=_REMEMBERED)
    used.filter(at__lt=now() - 2 * GOOD_FOR).delete()
    if account.has_collected(_REMEMBERED + token):
        return True
    account.remember(_REMEMBERED + token)
    return False


def _secret_of(account: Account) -> str:
    try:
        return account.secret
    except Undecryptable:
        logger.warning("The second secret of account %s can no longer be read", account.pk)
        return ""


def _signed(secret: str, timestamp: str, token: str) -> bytes:
    return _bytes(
        hmac.new(secret.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    )


def _bytes(text: str) -> bytes:
    return text.strip().lower().encode("utf-8", "replace")
