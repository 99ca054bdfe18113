from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Journal"

    def ready(self) -> None:
        from django.core.checks import register

        from audit import (  # noqa: F401  declares kinds
            alarms,
            checks,
            commands,
            events,
            health,
            navigation,
            refusals,
        )
        from audit.desk import events as desk_events  # noqa: F401  likewise
        from audit.desk import watching
        from audit.desk.exporting import work
        from audit.keeping import events as keeping_events  # noqa: F401  likewise
        from audit.witnessing import events as witnessing_events  # noqa: F401  likewise
        from audit.witnessing import letters, offers
        from audit.witnessing import navigation as witnessing
        from kernel.commanding import on_command
        from kernel.health import measured_by
        from kernel.http.context import account_from, navigation_from
        from kernel.http.refusals import on_refusal

        navigation_from(navigation.entries)
        account_from(navigation.account_entries)
        account_from(witnessing.account_entries)
        letters.declare()
        offers.declare()
        alarms.declare()
        measured_by(health.measures)
        watching.declare()
        work.declare()
        register(checks.every_fact_is_declared)
        on_refusal(refusals.refused)
        on_command(commands.commanded)
