"""Which connection a model speaks through."""

from django.conf import settings
from django.db.models import Model


class Router:
    """Credentials and sessions go through the sign-in role, the rest through the runtime role.

    The runtime role has no right on the sign-in tables at all: an injection in a page reaches
    neither a password hash nor a session.
    """

    def _alias(self, model: type[Model]) -> str | None:
        return "signin" if model._meta.label_lower in settings.SIGNIN_MODELS else None

    def db_for_read(self, model: type[Model], **hints: object) -> str | None:
        return self._alias(model)

    def db_for_write(self, model: type[Model], **hints: object) -> str | None:
        return self._alias(model)

    def allow_relation(self, first: Model, second: Model, **hints: object) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == "owner"
