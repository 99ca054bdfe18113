from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "meetings"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Réunions"

    def ready(self) -> None:
        from meetings import letters, navigation, rooms

        letters.declare()
        navigation.declare()
        rooms.declare()
