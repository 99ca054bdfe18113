"""Why a sign-in through the identity provider did not come about."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kernel.errors import NotAllowed, Unavailable, WrongState


class ProviderDown(Unavailable):
    """It does not answer, or answers what no provider in working order would."""

    code = "provider_down"
    default = _(
        "Le fournisseur d'identité ne répond pas pour le moment. Réessayez dans quelques minutes, "
        "ou connectez-vous avec votre adresse et votre mot de passe."
    )


class NotVerified(NotAllowed):
    """What came back is not proven to be the provider's answer to this very sign-in.

    ``why`` is a code for the record; the person is told what to do, and nothing of the reason.
    """

    code = "provider_not_verified"
    default = _(
        "La réponse du fournisseur d'identité n'a pas pu être vérifiée. Recommencez la connexion. "
        "Si cela se répète, prévenez la personne qui administre votre cellule."
    )

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__()


class FlowOver(WrongState):
    """The way back was taken already, has expired, or belongs to another browser."""

    code = "provider_flow_over"
    default = _("Cette connexion a expiré ou a déjà servi. Recommencez depuis le début.")


class Interrupted(NotAllowed):
    """The person turned back at the provider, or the provider turned them away."""

    code = "provider_interrupted"
    default = _(
        "La connexion a été interrompue chez le fournisseur d'identité. Recommencez, ou "
        "connectez-vous avec votre adresse et votre mot de passe."
    )


class Unknown(NotAllowed):
    """The identity is proven, and no account is linked to it."""

    code = "identity_unknown"


class NotAccepted(NotAllowed):
    """The identity is linked, and no cell of its person accepts this provider."""

    code = "provider_not_accepted"


class OtherIdentity(NotAllowed):
    """Somebody proved an identity, and not the one that opened the session."""

    code = "identity_other"
    default = _(
        "Le fournisseur a reconnu une autre identité que celle de votre session. Recommencez en "
        "vous connectant chez lui avec la vôtre."
    )


class NoFactorThere(NotAllowed):
    """The provider has seen a password and nothing besides."""

    code = "provider_no_factor"
    default = _(
        "Le fournisseur d'identité n'a vu qu'un mot de passe. Recommencez en présentant aussi "
        "votre second facteur chez lui."
    )


class Remembered(NotAllowed):
    """Somebody links or joins, and the provider has shown who used this browser before."""

    code = "provider_not_again"
    default = _(
        "Le fournisseur d'identité a repris une connexion déjà ouverte dans ce navigateur, "
        "peut-être celle d'une autre personne. Déconnectez-vous chez lui, puis recommencez en "
        "vous connectant avec votre identité."
    )


class NotShownAgain(NotAllowed):
    """The provider remembered the person instead of asking them again."""

    code = "provider_not_again"
    default = _(
        "Le fournisseur d'identité ne vous a pas demandé de vous connecter de nouveau. "
        "Recommencez. Si cela se répète, déconnectez-vous puis reconnectez-vous."
    )
