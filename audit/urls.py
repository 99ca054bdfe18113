"""Addresses of the journal."""

from django.urls import path

from audit.desk.urls import urlpatterns as desk
from audit.keeping.urls import urlpatterns as keeping
from audit.pages import journal, verification
from audit.witnessing.urls import urlpatterns as witnessing

app_name = "audit"
urlpatterns = [
    path("journal/", journal.journal, name="journal"),
    path("journal/verification/", verification.verification, name="verification"),
    *desk,
    *witnessing,
    *keeping,
]
