"""The interfaces of other systems, at the root of the host, where their software looks."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
