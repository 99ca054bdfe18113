"""Addresses of the API of a case."""

from rest_framework.routers import SimpleRouter

from referrals.api import documents, emergencies, export_views, requests, views

router = SimpleRouter(use_regex_path=False)
router.register("referrals", views.ReferralViewSet, basename="api-referrals")
router.register("shares", views.ShareViewSet, basename="api-shares")
router.register("requests", requests.RequestViewSet, basename="api-requests")
router.register("measures", views.MeasureViewSet, basename="api-measures")
router.register("parties", views.PartyViewSet, basename="api-parties")
router.register("uploads", documents.UploadViewSet, basename="api-uploads")
router.register("documents", documents.DocumentViewSet, basename="api-documents")
router.register("exports", export_views.ExportViewSet, basename="api-exports")
router.register("emergencies", emergencies.EmergencyViewSet, basename="api-emergencies")

urlpatterns = router.urls
