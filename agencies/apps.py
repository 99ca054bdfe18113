from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "agencies"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Organismes et personnes"

    def ready(self) -> None:
        from agencies import events, resolvers  # noqa: F401  events declares what is recorded

        resolvers.register()
