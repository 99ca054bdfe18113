from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "kernel"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Kernel"

    def ready(self) -> None:
        from kernel import checks  # noqa: F401  registers the system checks
