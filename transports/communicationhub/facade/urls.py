"""Paths as ServiceStack reads them: letters of any case, empty segments left out."""

from django.urls import re_path

from transports.communicationhub.facade import views


def any_case(words: str) -> str:
    """The pattern for letters of any case; a flag would keep Django from reversing addresses."""
    return "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in words)


ROUTES = any_case("mail/+send|mail/+status|mail/+receive|sms/+send|letter/+send|status")
NAMES = any_case("sendmail|sendsms|sendletter|getstatus|setmailstatus|receivemail")
FORMATS = any_case("json|xml|jsv|csv")
SUFFIX = rf"(?:\.(?P<suffix>{FORMATS}|{any_case('html')}))?/*$"

urlpatterns = [
    re_path(rf"^/*(?P<route>{ROUTES}){SUFFIX}", views.route),
    re_path(
        rf"^/*(?P<prefix>{FORMATS})/+(?:{any_case('reply|oneway')})/+(?P<operation>[^/]+)/*$",
        views.predefined,
    ),
    re_path(rf"^/*{any_case('api')}/+(?P<operation>{NAMES}){SUFFIX}", views.predefined),
    re_path(rf"^/*{any_case('metadata')}/*$", views.metadata),
]
