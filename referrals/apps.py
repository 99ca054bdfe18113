from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "referrals"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Dossiers"

    def ready(self) -> None:
        from kernel.health import probe
        from referrals import letters, navigation, offers, references, rooms, watching
        from referrals.drift import drifting
        from referrals.exporting import work
        from referrals.sharing import looked_at

        letters.declare()
        navigation.declare()
        rooms.declare()
        references.declare()
        offers.declare()
        watching.declare()
        looked_at.declare()
        work.declare()
        probe("drift.cases", drifting)
