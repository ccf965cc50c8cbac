"""All that the Viewer's own host answers: messages, and no API or administration beside them."""

from django.urls import include, path

urlpatterns = [path("", include("viewer.urls")), path("viewer/", include("viewer.urls"))]

handler400 = "messagebox.error_pages.bad_request"
handler403 = "messagebox.error_pages.permission_denied"
handler404 = "messagebox.error_pages.not_found"
handler500 = "messagebox.error_pages.server_error"
