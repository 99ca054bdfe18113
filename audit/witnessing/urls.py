"""Addresses of the witness's pages, in the room of the journal."""

from django.urls import path

from audit.witnessing.pages import copies, witness, witnesses

urlpatterns = [
    path("journal/temoin/", witness.witness, name="witness"),
    path("journal/temoin/copie/", witness.checkpoint, name="checkpoint"),
    path("journal/temoin/cles/", witness.key_notes, name="key_notes"),
    path("journal/copies/", copies.overview, name="copies"),
    path("journal/copies/proposer/", copies.propose, name="copies_propose"),
    path("journal/copies/signer/", copies.sign, name="copies_sign"),
    path("journal/copies/retirer/", copies.withdraw, name="copies_withdraw"),
    path("journal/temoin/cle/", witnesses.new_witness, name="new_witness"),
    path(
        "journal/temoin/cle/<uuid:witness_id>/retirer/",
        witnesses.withdraw,
        name="withdraw_witness",
    ),
    path("journal/temoin/cosignature/", witnesses.hand_in, name="cosign"),
    path("journal/temoin/cosigne/<int:size>/", witnesses.cosigned, name="cosigned"),
    path("journal/temoin/preuve/<int:older>/", witness.consistency, name="consistency"),
]
