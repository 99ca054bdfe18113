"""The tables of the case."""

from referrals.models.access import CaseAccess, Grant
from referrals.models.case import Case, CaseKey, ReferenceCounter, SearchCount
from referrals.models.content import CompartmentContent, Draft, Party
from referrals.models.document import Document, LooseFile
from referrals.models.export import Export
from referrals.models.glass import Glass, GlassAsk
from referrals.models.history import Feedback, Measure, Milestone
from referrals.models.request import PartnerRequest
from referrals.models.share import Share
from referrals.models.upload import Upload, UploadPart

__all__ = [
    "Case",
    "CaseAccess",
    "CaseKey",
    "CompartmentContent",
    "Document",
    "Draft",
    "Export",
    "Feedback",
    "Glass",
    "GlassAsk",
    "Grant",
    "LooseFile",
    "Measure",
    "Milestone",
    "PartnerRequest",
    "Party",
    "ReferenceCounter",
    "SearchCount",
    "Share",
    "Upload",
    "UploadPart",
]
