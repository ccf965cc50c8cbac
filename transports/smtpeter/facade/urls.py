from django.urls import re_path

from transports.smtpeter.facade import views

ID, REST = r"([^/]+)", r"(.+?)"

urlpatterns = [
    re_path(r"^v1/send/?$", views.send),
    re_path(r"^v1/resend/?$", views.resend),
    re_path(rf"^v1/events/{ID}/{REST}/?$", views.events),
    re_path(rf"^v1/recipient/{ID}/?$", views.recipient),
    re_path(rf"^v1/envelope/{ID}/?$", views.envelope),
    re_path(rf"^v1/text/{ID}/?$", views.text),
    re_path(rf"^v1/html/{ID}/?$", views.html),
    re_path(rf"^v1/headers?/{ID}/?$", views.headers),
    re_path(rf"^v1/attachments/{ID}/?$", views.attachments),
    re_path(rf"^v1/attachments/{ID}/{REST}/?$", views.attachment),
    re_path(rf"^v1/embeds/{ID}/?$", views.embeds),
    re_path(rf"^v1/embeds/{ID}/{REST}/?$", views.embeds),
    re_path(r"^v1/templates(?:/\d+){0,2}/?$", views.templates),
    re_path(r"^v1/(.*)$", views.unknown),
]
