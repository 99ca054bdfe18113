"""Addresses of signing in through the identity provider. They do not exist where there is none."""

from django.urls import path

from agencies.oidc.pages import allowing, ending, leaving, linking, returning
from agencies.pages.joining_with_identity import join_identity_page

provider_pages = [
    path("connexion/fournisseur/", leaving.start_page, name="provider_start"),
    path("connexion/fournisseur/aller/", leaving.go_page, name="provider_go"),
    path("connexion/fournisseur/retour/", returning.return_page, name="provider_return"),
    path("connexion/fournisseur/invitation/", join_identity_page, name="join_identity"),
    path("connexion/fournisseur/fin/", ending.server_page, name="provider_ends"),
    path("connexion/fournisseur/fin-navigateur/", ending.browser_page, name="provider_ends_here"),
    path("deconnexion/terminee/", ending.signed_out_page, name="signed_out"),
    path("compte/identites/", linking.identities_page, name="identities"),
    path(
        "compte/identites/<uuid:identity_id>/retirer/",
        linking.unlink_page,
        name="unlink_identity",
    ),
    path("cellule/fournisseurs/", allowing.providers_page, name="providers"),
    path(
        "cellule/fournisseurs/<uuid:provider_id>/retirer/",
        allowing.withdraw_page,
        name="withdraw_provider",
    ),
]
