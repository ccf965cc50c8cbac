from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security)
def ways_in(app_configs, **kwargs) -> list[CheckMessage]:
    """Whether anybody can sign in, and whether a password alone does it in production."""
    if not settings.LOCAL_PASSWORDS and not settings.OIDC_PROVIDERS:
        return [
            Error(
                "Nobody can sign in: LOCAL_PASSWORDS is off and no provider is set.",
                hint="Set OIDC_URL, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, or OIDC_PROVIDERS.",
                id="boxes.E003",
            )
        ]
    if settings.PRODUCTION and settings.LOCAL_PASSWORDS and not settings.REQUIRE_SECOND_FACTOR:
        return [
            Warning(
                "A password alone signs in.",
                hint="Leave REQUIRE_SECOND_FACTOR on in production.",
                id="boxes.W002",
            )
        ]
    return []
