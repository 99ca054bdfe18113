"""Addresses of the journal's API."""

from django.urls import path

from audit.api.views import EntriesViewSet, VerificationViewSet
from audit.desk.api import FindingsViewSet, ForgetViewSet, ViewsViewSet
from audit.desk.exports_api import ExportsViewSet
from audit.desk.own_api import MineViewSet
from audit.keeping.api import (
    HoldsViewSet,
    KeepingViewSet,
    LiftViewSet,
    SignViewSet,
    WithdrawViewSet,
)
from audit.witnessing.api import CheckpointViewSet, ConsistencyViewSet, CosignaturesViewSet
from audit.witnessing.aside_api import (
    AsideSignViewSet,
    AsideViewSet,
    AsideWithdrawViewSet,
)

urlpatterns = [
    path("my-journal/", MineViewSet.as_view({"get": "retrieve"}), name="api-my-journal"),
    path("audit/entries/", EntriesViewSet.as_view({"get": "list"}), name="api-audit-entries"),
    path(
        "audit/findings/",
        FindingsViewSet.as_view({"get": "list", "post": "create"}),
        name="api-audit-findings",
    ),
    path(
        "audit/views/",
        ViewsViewSet.as_view({"get": "list", "post": "create"}),
        name="api-audit-views",
    ),
    path(
        "audit/views/forget/",
        ForgetViewSet.as_view({"post": "create"}),
        name="api-audit-views-forget",
    ),
    path(
        "audit/exports/",
        ExportsViewSet.as_view({"get": "list", "post": "create"}),
        name="api-audit-exports",
    ),
    path(
        "audit/exports/<uuid:pk>/",
        ExportsViewSet.as_view({"get": "retrieve"}),
        name="api-audit-exports-detail",
    ),
    path(
        "audit/exports/<uuid:pk>/content/",
        ExportsViewSet.as_view({"get": "content"}),
        name="api-audit-exports-content",
    ),
    path(
        "audit/verification/",
        VerificationViewSet.as_view({"post": "create"}),
        name="api-audit-verification",
    ),
    path(
        "audit/checkpoint/",
        CheckpointViewSet.as_view({"get": "retrieve"}),
        name="api-audit-checkpoint",
    ),
    path(
        "audit/cosignatures/",
        CosignaturesViewSet.as_view({"get": "list", "post": "create"}),
        name="api-audit-cosignatures",
    ),
    path(
        "audit/consistency/",
        ConsistencyViewSet.as_view({"get": "retrieve"}),
        name="api-audit-consistency",
    ),
    path(
        "audit/keeping/",
        KeepingViewSet.as_view({"get": "retrieve", "post": "create"}),
        name="api-audit-keeping",
    ),
    path(
        "audit/keeping/sign/",
        SignViewSet.as_view({"post": "create"}),
        name="api-audit-keeping-sign",
    ),
    path(
        "audit/keeping/withdraw/",
        WithdrawViewSet.as_view({"post": "create"}),
        name="api-audit-keeping-withdraw",
    ),
    path(
        "audit/copies/",
        AsideViewSet.as_view({"get": "list", "post": "create"}),
        name="api-audit-copies",
    ),
    path(
        "audit/copies/sign/",
        AsideSignViewSet.as_view({"post": "create"}),
        name="api-audit-copies-sign",
    ),
    path(
        "audit/copies/withdraw/",
        AsideWithdrawViewSet.as_view({"post": "create"}),
        name="api-audit-copies-withdraw",
    ),
    path("audit/holds/", HoldsViewSet.as_view({"post": "create"}), name="api-audit-holds"),
    path("audit/holds/lift/", LiftViewSet.as_view({"post": "create"}), name="api-audit-holds-lift"),
]
