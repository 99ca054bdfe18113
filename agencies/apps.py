from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "agencies"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Organismes et personnes"

    def ready(self) -> None:
        from agencies import events, resolvers, roles  # noqa: F401  events declares kinds
        from kernel.http.context import role_worded_by

        resolvers.register()
        role_worded_by(roles.worded)
