"""Addresses of the pages."""

from django.urls import path

from meetings.pages import convening, lists, room

app_name = "meetings"
urlpatterns = [
    path("dossiers/<uuid:case_id>/reunir/", convening.convene, name="convene"),
    path("reunions/", lists.meetings, name="meetings"),
    path("reunions/<uuid:meeting_id>/", room.meeting, name="meeting"),
    path("reunions/<uuid:meeting_id>/presents/", room.people, name="people"),
    path("reunions/<uuid:meeting_id>/decisions/", room.decisions, name="decisions"),
    path("reunions/<uuid:meeting_id>/points/<int:position>/", room.take_up, name="take_up"),
    path("reunions/<uuid:meeting_id>/ouvrir/", room.open_room, name="open"),
    path("reunions/<uuid:meeting_id>/terminer/", room.end, name="end"),
    path("reunions/<uuid:meeting_id>/annuler/", room.cancel, name="cancel"),
]
