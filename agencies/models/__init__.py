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
from agencies.models.identity import AllowedProvider, Identity
from agencies.models.membership import EndReason, Membership, PlaceKind
from agencies.models.provider import ProviderFlow, ProviderSession, ProviderSpent
from agencies.models.reference import Academy, Commune, Court, Departement
from agencies.models.replacement import Replacement
from agencies.models.school import DirectoryState, EducationLevel, School, SchoolType, Sector
from agencies.models.token import Token

__all__ = [
    "Absence",
    "AbsenceState",
    "Academy",
    "Accession",
    "Account",
    "Agency",
    "AgencyKind",
    "AllowedProvider",
    "Attempt",
    "Authenticator",
    "BackupCode",
    "BackupSheet",
    "Cell",
    "Ceremony",
    "Commune",
    "Court",
    "Departement",
    "DirectoryState",
    "EducationLevel",
    "EndReason",
    "Identity",
    "Membership",
    "PlaceKind",
    "ProviderFlow",
    "ProviderSession",
    "ProviderSpent",
    "Replacement",
    "School",
    "SchoolType",
    "Sector",
    "Token",
]
