"""Addresses of the pages of a case."""

from django.urls import path

from referrals.pages import (
    acts,
    cases,
    documents,
    drafts,
    home,
    left_behind,
    previews,
    received,
    sent,
    shares,
    sharing,
    who_sees,
    why,
    within,
)

app_name = "referrals"
urlpatterns = [
    path("saisines/nouvelle/", drafts.start, name="start"),
    path("saisines/recherche/", drafts.search, name="search"),
    path("saisines/<uuid:case_id>/", drafts.draft, name="draft"),
    path("saisines/<uuid:case_id>/brouillon/", drafts.autosave, name="autosave"),
    path("saisines/<uuid:case_id>/recue/", sent.sent, name="sent"),
    path("dossiers/", cases.cases, name="cases"),
    path("dossiers/rechercher/", within.within, name="within"),
    path("dossiers/a-reattribuer/", left_behind.left_behind, name="left_behind"),
    path(
        "dossiers/a-reattribuer/<uuid:measure_id>/",
        left_behind.hand_over_measure,
        name="hand_over",
    ),
    path("dossiers/<uuid:case_id>/", cases.case, name="case"),
    path("dossiers/<uuid:case_id>/prendre-en-charge/", acts.acknowledge, name="acknowledge"),
    path("dossiers/<uuid:case_id>/evaluer/", acts.triage, name="triage"),
    path("dossiers/<uuid:case_id>/parquet/", acts.name_prosecutor, name="name_prosecutor"),
    path("dossiers/<uuid:case_id>/activer/", acts.activate, name="activate"),
    path("dossiers/<uuid:case_id>/consignes/", acts.orders, name="orders"),
    path("dossiers/<uuid:case_id>/partager/", sharing.share, name="share"),
    path("dossiers/<uuid:case_id>/mesures/", acts.measure, name="measure"),
    path("dossiers/<uuid:case_id>/issue/", acts.resolve, name="resolve"),
    path("dossiers/<uuid:case_id>/reponse/", acts.feedback, name="feedback"),
    path("dossiers/<uuid:case_id>/clore/", acts.close, name="close"),
    path("dossiers/<uuid:case_id>/documents/ajouter/", documents.add, name="add_document"),
    path(
        "documents/<uuid:document_id>/telecharger/",
        documents.download,
        name="download_document",
    ),
    path("dossiers/<uuid:case_id>/partager/apercu/", previews.preview, name="preview"),
    path("partages/<uuid:share_id>/apercu/", previews.preview_share, name="preview_share"),
    path("dossiers/<uuid:case_id>/qui-voit/", who_sees.who_sees, name="who_sees"),
    path(
        "dossiers/<uuid:case_id>/qui-voit/<slug:code>/",
        who_sees.who_sees_part,
        name="who_sees_part",
    ),
    path("dossiers/<uuid:case_id>/pourquoi/", why.why, name="why"),
    path("pourquoi/", why.why_by_reference, name="why_by_reference"),
    path("elements/<uuid:thing_id>/qui-voit/", who_sees.who_sees_thing, name="who_sees_thing"),
    path("documents/<uuid:document_id>/", documents.document, name="document"),
    path(
        "documents/<uuid:document_id>/pages/<int:number>/",
        documents.document_page,
        name="document_page",
    ),
    path("documents/<uuid:document_id>/verifier/", documents.check_again, name="check_document"),
    path("mesures/<uuid:measure_id>/faite/", acts.finish, name="finish_measure"),
    path("identites/<uuid:party_id>/", cases.reveal_name, name="reveal"),
    path("partages/", shares.shares, name="shares"),
    path("partages/recus/", received.received, name="received"),
    path("partages/<uuid:share_id>/accepter/", shares.accept, name="accept_share"),
    path("partages/<uuid:share_id>/refuser/", shares.refuse, name="refuse_share"),
    path("partages/<uuid:share_id>/prolonger/", sharing.renew, name="renew_share"),
    path("partages/<uuid:share_id>/retirer/", shares.revoke, name="revoke_share"),
]

home_page = path("", home.home, name="home")
