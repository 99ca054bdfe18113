from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "agencies"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Organismes et personnes"

    def ready(self) -> None:
        from agencies import events, factor_navigation, letters, resolvers, roles  # noqa: F401
        from kernel.http.context import navigation_from, role_worded_by

        resolvers.register()
        letters.declare()
        role_worded_by(roles.worded)
        navigation_from(factor_navigation.entries)
