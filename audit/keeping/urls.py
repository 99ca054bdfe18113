"""Addresses of what is kept, in the room of the journal."""

from django.urls import path

from audit.keeping.pages import keeping

urlpatterns = [
    path("journal/conservation/", keeping.overview, name="keeping"),
    path("journal/conservation/proposer/", keeping.propose, name="keeping_propose"),
    path("journal/conservation/signer/", keeping.sign, name="keeping_sign"),
    path("journal/conservation/retirer/", keeping.withdraw, name="keeping_withdraw"),
    path("journal/conservation/imposer/", keeping.hold, name="keeping_hold"),
    path("journal/conservation/lever/", keeping.lift, name="keeping_lift"),
]
