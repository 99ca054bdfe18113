from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "agencies"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Organismes et personnes"

    def ready(self) -> None:
        from agencies import (  # noqa: F401  events declares kinds
            account_navigation,
            events,
            leaving_letters,
            letters,
            navigation,
            resolvers,
            roles,
        )
        from agencies.oidc import navigation as identities_navigation
        from agencies.services.admit_token import admit_token
        from kernel.http import bearer
        from kernel.http.context import account_from, navigation_from, role_worded_by

        resolvers.register()
        account_navigation.declare()
        letters.declare()
        leaving_letters.declare()
        bearer.checked_by(admit_token)
        role_worded_by(roles.worded)
        navigation_from(navigation.entries)
        account_from(identities_navigation.entries)
        self._people()

    def _people(self) -> None:
        """Who takes part, and in which of their places people act."""
        from agencies import inviting_letters
        from agencies.pages.switching import other_seat_page
        from agencies.places import other_places
        from kernel.http.context import other_places_from
        from kernel.http.seats import shown_by

        inviting_letters.declare()
        other_places_from(other_places)
        shown_by(other_seat_page)
