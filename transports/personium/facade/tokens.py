"""``__token``: an API key signs in with its id and secret, as software for cells expects."""

from django.http import HttpRequest, HttpResponse

from boxes.models import ApiKey
from transports.personium.facade.answers import in_json
from transports.personium.facade.callers import REFRESH, key_of
from transports.personium.facade.errors import CellError

# What clients plan by; the token itself lives as long as its key.
SECONDS, REFRESH_SECONDS = 3600, 86400


# More than any login; nobody has proved yet who asks.
LONGEST_FORM = 16 * 1024


def grant(request: HttpRequest, cell: str) -> HttpResponse:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LONGEST_FORM:
        raise CellError("PR413-SV-0001")
    kind = request.POST.get("grant_type", "")
    if kind == "password":
        name, secret = request.POST.get("username", ""), request.POST.get("password", "")
        token = name + secret
        known = ApiKey.split_token(token) == (name, secret)
    elif kind == "refresh_token":
        token = request.POST.get("refresh_token", "").removeprefix(REFRESH)
        known = True
    else:
        return wrong("unsupported_grant_type", "[PR400-AN-0001] - unsupported grant type.")
    if request.POST.get("p_target"):
        return wrong("invalid_request", "[PR400-AN-0002] - no token for another cell is issued.")
    try:
        key_of(request, token if known else "", cell)
    except CellError as error:
        if error.status == 429:
            raise
        return wrong("invalid_grant", "[PR400-AN-0017] - Authentication failed.")
    return in_json(
        {
            "access_token": token,
            "refresh_token": REFRESH + token,
            "token_type": "Bearer",
            "expires_in": SECONDS,
            "refresh_token_expires_in": REFRESH_SECONDS,
        },
        Cache_Control="no-store",
    )


def wrong(error: str, description: str) -> HttpResponse:
    return in_json({"error": error, "error_description": description}, 400)
