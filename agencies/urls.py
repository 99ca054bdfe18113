"""Addresses of signing in and out, and of a cell's administration."""

from django.conf import settings
from django.urls import include, path

from agencies import factor_urls, leaving_urls, people_urls
from agencies.oidc.urls import provider_pages
from agencies.pages import account, charter, confirming, own_sessions, signing_in, signing_out

app_name = "agencies"

urlpatterns = [
    *factor_urls.urlpatterns,
    path("connexion/", signing_in.password_page, name="sign_in"),
    path("connexion/code/", signing_in.code_page, name="code"),
    path("connexion/role/", signing_in.role_page, name="role"),
    path("connexion/confirmer/", confirming.confirm_page, name="confirm"),
    path("connexion/confirmer/fait/", confirming.confirmed_page, name="confirmed"),
    *people_urls.urlpatterns,
    path("charte/", charter.charter_page, name="charter"),
    path("cellule/charte/", charter.cell_charter_page, name="cell_charter"),
    path("compte/", account.account_page, name="account"),
    path("compte/sessions/", own_sessions.sessions_page, name="sessions"),
    path("compte/sessions/<uuid:number>/fin/", own_sessions.end_page, name="end_session"),
    path("compte/sessions/fin/", own_sessions.end_others_page, name="end_others"),
    path("deconnexion/", signing_out.sign_out_page, name="sign_out"),
    *leaving_urls.urlpatterns,
    path("cellule/", include("agencies.pages.cell.urls")),
]

if settings.IDENTITY_PROVIDER is not None:
    urlpatterns += provider_pages
