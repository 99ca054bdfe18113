from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "meetings"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Réunions"

    def ready(self) -> None:
        from kernel.health import probe
        from meetings import letters, navigation, offers, rooms
        from meetings.drift import drifting
        from meetings.left_behind import without_convener
        from referrals.casefile.sealed import also_sealed
        from referrals.casework.left_behind import meetings_from

        letters.declare()
        navigation.declare()
        rooms.declare()
        offers.declare()
        probe("drift.meetings", drifting)
        meetings_from(without_convener)
        also_sealed("meetings_decision", "content")
