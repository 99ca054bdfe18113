"""Addresses of the API of sessions."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from agencies.api import views

router = SimpleRouter(use_regex_path=False)
router.register("session", views.SessionViewSet, basename="api-session")

urlpatterns = router.urls
