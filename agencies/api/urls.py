"""Addresses of the API of sessions and of one's own places."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from agencies.api import views
from agencies.api.places import PlacesViewSet

router = SimpleRouter(use_regex_path=False)
router.register("session", views.SessionViewSet, basename="api-session")

urlpatterns = [
    *router.urls,
    path("role/", PlacesViewSet.as_view({"get": "list", "post": "create"}), name="api-places"),
]
