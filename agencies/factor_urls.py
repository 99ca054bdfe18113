"""Addresses of factors: showing one, looking after one's own, losing all of them."""

from django.urls import path

from agencies.pages import factor_list, factor_new, losing, passkey_questions, replacing, signing_in

urlpatterns = [
    path("connexion/cle/", signing_in.passkey_page, name="passkey"),
    path("connexion/cle/question/", passkey_questions.ask_mine, name="ask_passkey"),
    path("connexion/cle/question/ouverte/", passkey_questions.ask_any, name="ask_any_passkey"),
    path("connexion/perte/", losing.lost_page, name="lost"),
    path("connexion/remplacement/", losing.replace_page, name="replace"),
    path("connexion/remplacement/code/", losing.confirm_page, name="replace_confirm"),
    path("connexion/remplacement/<str:token>/", losing.link_page, name="replace_link"),
    path("compte/facteurs/", factor_list.factors_page, name="factors"),
    path("compte/facteurs/codes/", factor_new.codes_page, name="backup_codes"),
    path("compte/facteurs/application/", factor_new.authenticator_page, name="new_totp"),
    path(
        "compte/facteurs/application/<int:device_id>/",
        factor_new.confirm_page,
        name="confirm_totp",
    ),
    path("compte/facteurs/cle/", factor_new.passkey_page, name="new_passkey"),
    path("compte/facteurs/cle/question/", passkey_questions.ask_new, name="ask_new_passkey"),
    path(
        "compte/facteurs/<str:kind>/<int:device_id>/nom/",
        factor_list.rename_page,
        name="rename_factor",
    ),
    path(
        "compte/facteurs/<str:kind>/<int:device_id>/retirer/",
        factor_list.remove_page,
        name="remove_factor",
    ),
    path("remplacements/", replacing.replacements_page, name="replacements"),
    path("remplacements/<uuid:request_id>/accord/", replacing.agree_page, name="agree_replacement"),
    path("remplacements/<uuid:request_id>/lien/", replacing.link_page, name="link_replacement"),
    path(
        "remplacements/<uuid:request_id>/annuler/",
        replacing.cancel_page,
        name="cancel_replacement",
    ),
]
