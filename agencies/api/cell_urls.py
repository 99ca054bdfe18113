"""Addresses of the API of a cell's administration."""

from typing import Any, Final

from django.urls import path

from agencies.api import cell_views as views

LIST: Final[dict[str, Any]] = {"get": "list"}
NEW: Final[dict[str, Any]] = {"get": "list", "post": "create"}

urlpatterns = [
    path("cell/", views.CellViewSet.as_view(LIST), name="api-cell"),
    path("cell/protocols/", views.ProtocolViewSet.as_view(NEW), name="api-cell-protocols"),
    path("cell/rules/", views.RulesViewSet.as_view(NEW), name="api-cell-rules"),
    path("cell/directory/", views.DirectoryViewSet.as_view(NEW), name="api-cell-directory"),
    path("cell/agencies/", views.AccessionViewSet.as_view(NEW), name="api-cell-agencies"),
    path(
        "cell/agencies/<uuid:pk>/",
        views.AccessionViewSet.as_view({"get": "retrieve"}),
        name="api-cell-agency",
    ),
    path(
        "cell/agencies/<uuid:pk>/end/",
        views.AccessionViewSet.as_view({"post": "end"}),
        name="api-cell-agency-end",
    ),
    path("cell/coverage/", views.CoverageViewSet.as_view(NEW), name="api-cell-coverage"),
    path(
        "cell/coverage/table/",
        views.CoverageViewSet.as_view({"post": "table"}),
        name="api-cell-coverage-table",
    ),
    path(
        "cell/competence/<uuid:pk>/",
        views.CompetenceViewSet.as_view({"get": "retrieve"}),
        name="api-cell-competence",
    ),
]
