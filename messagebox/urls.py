"""The map of every door."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from viewer.urls import api_urlpatterns as viewer_api

urlpatterns = [
    path("", include("boxes.demo.urls")),
    path("", include("boxes.inbox.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("boxes.api.urls")),
    path("api/v1/", include(viewer_api)),
    path("api/v1/", include("transports.api")),
    path("api/v1/", include("transports.webhooks.api")),
    path("accounts/", include("boxes.sign_in.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("", include("transports.health.urls")),
    path("", include("transports.urls")),
    path("", include("viewer.urls")),
    path("viewer/", include("viewer.urls")),
]

handler400 = "messagebox.error_pages.bad_request"
handler403 = "messagebox.error_pages.permission_denied"
handler404 = "messagebox.error_pages.not_found"
handler500 = "messagebox.error_pages.server_error"
