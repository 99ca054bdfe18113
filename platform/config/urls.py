"""Every address of the house."""

from django.urls import include, path

from kernel.http.metrics import metrics
from referrals.urls import home_page

handler400 = "kernel.http.failures.bad_request"
handler404 = "kernel.http.failures.page_not_found"
handler500 = "kernel.http.failures.server_error"

urlpatterns = [
    home_page,
    path("metrics", metrics, name="metrics"),
    path("", include("agencies.urls")),
    path("", include("referrals.urls")),
    path("", include("meetings.urls")),
    path("", include("audit.urls")),
    path("api/v1/", include("config.api_urls")),
]
