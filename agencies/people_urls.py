"""Addresses of people, of invitations and of one's own places."""

from django.urls import include, path

from agencies.pages import confirmations, joining, people, switching

urlpatterns = [
    path("personnes/", people.people_list, name="people"),
    path("personnes/inviter/", people.invite, name="invite"),
    path("personnes/a-confirmer/", confirmations.to_confirm, name="to_confirm"),
    path("personnes/<uuid:membership_id>/", people.person, name="person"),
    path("personnes/<uuid:membership_id>/roles/", people.change, name="change_roles"),
    path(
        "personnes/invitations/<uuid:invitation_id>/",
        include(
            [
                path("", confirmations.invitation, name="invitation"),
                path("confirmer/", confirmations.confirm_invitation, name="confirm_invitation"),
                path("refuser/", confirmations.refuse_invitation, name="refuse_invitation"),
                path("renvoyer/", confirmations.send_again, name="send_again"),
                path("retirer/", confirmations.withdraw_invitation, name="withdraw_invitation"),
            ]
        ),
    ),
    path(
        "personnes/changements/<uuid:change_id>/",
        include(
            [
                path("confirmer/", confirmations.confirm_change, name="confirm_change"),
                path("refuser/", confirmations.refuse_change, name="refuse_change"),
                path("retirer/", confirmations.withdraw_change, name="withdraw_change"),
            ]
        ),
    ),
    path("invitation/application/", joining.join_factor_page, name="join_factor"),
    path("invitation/<str:token>/", joining.join_page, name="join"),
    path("role/", switching.switch, name="switch"),
    path("role/reprendre/", switching.take_up_again, name="take_up_again"),
]
