"""Addresses of the witness's pages, in the room of the journal."""

from django.urls import path

from audit.witnessing.pages import witness

urlpatterns = [
    path("journal/temoin/", witness.witness, name="witness"),
    path("journal/temoin/copie/", witness.checkpoint, name="checkpoint"),
    path("journal/temoin/cles/", witness.key_notes, name="key_notes"),
    path("journal/temoin/preuve/<int:older>/", witness.consistency, name="consistency"),
]
