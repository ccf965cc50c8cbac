"""The doors of django-allauth that are open here; its others are not mounted at all."""

from allauth.account import views as account
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as social
from django.urls import include, path, re_path

from boxes.sign_in import organization, views
from boxes.sign_in.views import local_only

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("signup/", views.signup, name="account_signup"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("session/", views.time_left, name="session"),
    path("then/", views.then, name="then"),
    path("reauthenticate/", local_only(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", local_only(views.password_change), name="account_change_password"),
    path("password/reset/", local_only(account.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/",
        local_only(account.password_reset_done),
        name="account_reset_password_done",
    ),
    path(
        "password/reset/key/done/",
        local_only(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        local_only(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("2fa/webauthn/login/", local_only(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
    path("provider/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("provider/error/", social.login_error, name="socialaccount_login_error"),
    path("oidc/<slug:provider_id>/login/", organization.to_provider, name="openid_connect_login"),
    path(
        "oidc/<slug:provider_id>/login/callback/",
        organization.from_provider,
        name="openid_connect_callback",
    ),
]
