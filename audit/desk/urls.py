"""Addresses of the auditor's desk, in the room of the journal."""

from django.urls import path

from audit.desk.pages import chart, exports, findings, own, views

urlpatterns = [
    path("journal/constats/", findings.findings_page, name="findings"),
    path("journal/frise/", chart.chart, name="chart"),
    path("mon-journal/", own.my_journal_page, name="my_journal"),
    path("journal/exports/", exports.exports, name="exports"),
    path("journal/exports/<uuid:export_id>/", exports.download, name="export_file"),
    path("journal/vues/", views.views, name="views"),
]
