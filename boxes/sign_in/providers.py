"""OpenID Connect providers, as the environment names them."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

KNOWN = frozenset(
    "id name url client_id client_secret scope groups_claim user_claim token_auth_method".split()
)
NEEDED = ("url", "client_id", "client_secret")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def read_providers(text: str, only_one: dict[str, str]) -> list[dict[str, Any]]:
    """The providers of OIDC_PROVIDERS, or the single one of OIDC_URL and its fellows.

    Raises ImproperlyConfigured with a sentence that says what to mend.
    """
    if only_one["url"] and text:
        raise ImproperlyConfigured("Set OIDC_PROVIDERS or OIDC_URL, and not both.")
    if only_one["url"]:
        return [_provider(only_one)]
    try:
        listed = json.loads(text or "[]")
    except ValueError as error:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS is not JSON: {error}.") from error
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise ImproperlyConfigured("OIDC_PROVIDERS is a JSON list of objects.")
    providers = [_provider(item) for item in listed]
    names = [provider["provider_id"] for provider in providers]
    if len(set(names)) < len(names):
        raise ImproperlyConfigured("Give each provider in OIDC_PROVIDERS an id of its own.")
    return providers


def _provider(given: dict[str, str]) -> dict[str, Any]:
    """One provider in the words of django-allauth."""
    if unknown := sorted(set(given) - KNOWN):
        raise ImproperlyConfigured(f"OIDC_PROVIDERS: “{unknown[0]}” is no setting of a provider.")
    if missing := [name for name in NEEDED if not given.get(name)]:
        raise ImproperlyConfigured(f"An OpenID Connect provider has no “{missing[0]}”.")
    identifier = given.get("id") or "organization"
    if not re.fullmatch(r"[a-z0-9-]{1,30}", identifier):
        raise ImproperlyConfigured(
            "The id of a provider is 1 to 30 lowercase letters, digits and hyphens, "
            f"not “{identifier}”."
        )
    return {
        "provider_id": identifier,
        "name": given.get("name") or "OpenID Connect",
        "client_id": given["client_id"],
        "secret": given["client_secret"],
        "settings": {
            "server_url": _secure(given["url"]).rstrip("/"),
            "scope": (given.get("scope") or "openid profile email").split(),
            "groups_claim": given.get("groups_claim") or "groups",
            "user_claim": given.get("user_claim") or "preferred_username",
            "token_auth_method": given.get("token_auth_method") or None,
            "oauth_pkce_enabled": True,
        },
    }


def _secure(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname in LOOPBACK:
        return url
    raise ImproperlyConfigured(f"An OpenID Connect provider is reached by https, not by {url}.")
