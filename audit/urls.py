"""Addresses of the journal."""

from django.urls import path

from audit.pages import journal, verification

app_name = "audit"
urlpatterns = [
    path("journal/", journal.journal, name="journal"),
    path("journal/verification/", verification.verification, name="verification"),
    path("journal/verification/empreinte/", verification.checkpoint, name="checkpoint"),
]
