from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Journal"

    def ready(self) -> None:
        from audit import events, navigation, refusals  # noqa: F401  events declares kinds
        from kernel.http.context import navigation_from
        from kernel.http.refusals import on_refusal

        navigation_from(navigation.entries)
        on_refusal(refusals.refused)
