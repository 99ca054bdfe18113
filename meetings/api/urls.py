"""Addresses of the API."""

from rest_framework.routers import SimpleRouter

from meetings.api.views import MeetingViewSet

router = SimpleRouter(use_regex_path=False)
router.register("meetings", MeetingViewSet, basename="api-meetings")
urlpatterns = router.urls
