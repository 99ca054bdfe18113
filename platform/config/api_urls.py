"""Every address of the API."""

from django.urls import include, path

urlpatterns = [
    path("", include("agencies.api.cell_urls")),
    path("", include("referrals.api.urls")),
    path("", include("meetings.api.urls")),
    path("", include("audit.api.urls")),
    path("", include("agencies.api.urls")),
]
