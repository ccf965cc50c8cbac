"""The interfaces of other systems, at the root of the host, where their software looks."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("transports.communicationhub.facade.urls")),
    path("", include("transports.smtpeter.facade.urls")),
    path("", include("transports.personium.facade.urls")),
]
