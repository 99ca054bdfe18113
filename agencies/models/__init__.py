"""The tables of this app. Other apps go through selectors and services."""

from agencies.models.absence import Absence, AbsenceState
from agencies.models.accession import Accession
from agencies.models.account import Account
from agencies.models.agency import Agency, AgencyKind
from agencies.models.attempt import Attempt
from agencies.models.authenticator import Authenticator
from agencies.models.backup import BackupCode, BackupSheet
from agencies.models.cell import Cell
from agencies.models.ceremony import Ceremony
from agencies.models.charter import Charter, CharterSignature
from agencies.models.identity import AllowedProvider, Identity
from agencies.models.invitation import Invitation
from agencies.models.membership import EndReason, Membership, PlaceKind
from agencies.models.policy import Activation, CellPolicy, Due, Pace, PolicyDeadline, Reporting
from agencies.models.protocol import Protocol, ProtocolParty
from agencies.models.provider import ProviderFlow, ProviderSession, ProviderSpent
from agencies.models.reference import Academy, Commune, Court, Departement
from agencies.models.replacement import Replacement
from agencies.models.role_change import RoleChange
from agencies.models.school import DirectoryState, EducationLevel, School, SchoolType, Sector
from agencies.models.territory import Coverage, CoverFunction
from agencies.models.token import Token

__all__ = [
    "Absence",
    "AbsenceState",
    "Academy",
    "Accession",
    "Account",
    "Activation",
    "Agency",
    "AgencyKind",
    "AllowedProvider",
    "Attempt",
    "Authenticator",
    "BackupCode",
    "BackupSheet",
    "Cell",
    "CellPolicy",
    "Ceremony",
    "Charter",
    "CharterSignature",
    "Commune",
    "Court",
    "CoverFunction",
    "Coverage",
    "Departement",
    "DirectoryState",
    "Due",
    "EducationLevel",
    "EndReason",
    "Identity",
    "Invitation",
    "Membership",
    "Pace",
    "PlaceKind",
    "PolicyDeadline",
    "Protocol",
    "ProtocolParty",
    "ProviderFlow",
    "ProviderSession",
    "ProviderSpent",
    "Replacement",
    "Reporting",
    "RoleChange",
    "School",
    "SchoolType",
    "Sector",
    "Token",
]
