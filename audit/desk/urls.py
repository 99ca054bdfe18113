"""Addresses of the auditor's desk, in the room of the journal."""

from django.urls import path

from audit.desk.pages import findings

urlpatterns = [
    path("journal/constats/", findings.findings_page, name="findings"),
]
