"""Paths as ServiceStack reads them: letters of any case, empty segments left out."""

from django.urls import re_path

from transports.communicationhub.facade import views

ROUTES = r"mail/+send|mail/+status|mail/+receive|sms/+send|letter/+send|status"
NAMES = r"sendmail|sendsms|sendletter|getstatus|setmailstatus|receivemail"
FORMATS = r"json|xml|jsv|csv"
SUFFIX = rf"(?:\.(?P<suffix>{FORMATS}|html))?/*$"

urlpatterns = [
    re_path(rf"(?i)^/*(?P<route>{ROUTES}){SUFFIX}", views.route),
    re_path(
        rf"(?i)^/*(?P<prefix>{FORMATS})/+(?:reply|oneway)/+(?P<operation>[^/]+)/*$",
        views.predefined,
    ),
    re_path(rf"(?i)^/*api/+(?P<operation>{NAMES}){SUFFIX}", views.predefined),
    re_path(r"(?i)^/*metadata/*$", views.metadata),
]
