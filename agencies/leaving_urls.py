"""Addresses of leaving, of absences and of tokens."""

from django.urls import path

from agencies.pages import covering, leaving, tokens

urlpatterns = [
    path("personnes/<uuid:place_id>/fin/", leaving.end_person_page, name="end_person"),
    path("personnes/<uuid:place_id>/absence/", covering.cover_page, name="cover"),
    path("organismes/<uuid:accession_id>/fin/", leaving.end_agency_page, name="end_agency"),
    path("compte/absence/", covering.absence_page, name="absence"),
    path("absences/<uuid:absence_id>/confirmer/", covering.confirm_page, name="confirm_cover"),
    path("absences/<uuid:absence_id>/arreter/", covering.stop_page, name="stop_cover"),
    path("jetons/", tokens.tokens_page, name="tokens"),
    path("jetons/nouveau/", tokens.new_token_page, name="new_token"),
    path("jetons/<uuid:token_id>/revoquer/", tokens.revoke_page, name="revoke_token"),
]
