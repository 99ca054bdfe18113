"""Leaving, standing in for somebody, and tokens of agency systems."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import kernel.ids
from agencies.sql import covering, leaving, tokens
from kernel.rls.operations import (
    CELL,
    AllowRole,
    MaintenanceFunction,
    MayOwe,
    ScopeTable,
    has_role,
)

ASKED = ("rempart_runtime",)
SHOWN_OF_TOKENS = (
    "id",
    "cell_id",
    "agency_id",
    "seat_id",
    "called",
    "shown",
    "may",
    "networks",
    "created_by",
    "created_at",
    "expires_at",
    "revoked_at",
    "last_used_at",
)
KEEPS_TOKENS = (
    f"{CELL} AND ({has_role('cell_admin')} OR ({has_role('agency_lead')}"
    " AND agency_id = (SELECT kernel.session_agency())))"
)
OWED = (
    *("access.ended", "access.interim", "key.made", "confirmation.wanted"),
    *("deputy.named", "deputy.asked", "deputy.ended"),
    *("factor.replacement_agreed", "factor.replacement_waits", "factor.replacement_linked"),
    "factor.replacement_cancelled",
)
ENDINGS = {
    "ask_to_end(int, uuid, uuid, text[])": leaving.ASK,
    "end_places(uuid[], text)": leaving.END_PLACES,
    "give_interim(uuid[], uuid)": leaving.INTERIMS,
    "people_follow()": leaving.PEOPLE_FOLLOW,
    "somebody_stays()": leaving.SOMEBODY_STAYS,
    "somebody_remains()": leaving.SOMEBODY_REMAINS,
    "nobody_prolonged()": leaving.NOBODY_PROLONGED,
    "seat_deputy(uuid)": covering.SEAT_DEPUTY,
    "covers_follow()": covering.COVERS_FOLLOW,
    "tokens_follow()": tokens.TOKENS_FOLLOW,
    "system_signs_no_charter()": tokens.NO_CHARTER,
}
ACTS = {
    "last_roles(uuid[])": leaving.LAST_ROLES,
    "end_person(uuid[], text, uuid)": leaving.END_PERSON,
    "end_agency(uuid, text, boolean)": leaving.END_AGENCY,
    "name_deputy(uuid, uuid, uuid, timestamptz, timestamptz)": covering.NAME_DEPUTY,
    "confirm_deputy(uuid)": covering.CONFIRM_DEPUTY,
    "end_cover(uuid)": covering.END_COVER,
    "make_token(uuid, uuid, text, text, bytea, text[], text[], timestamptz)": tokens.MAKE_TOKEN,
    "revoke_token(uuid)": tokens.REVOKE_TOKEN,
}


class Migration(migrations.Migration):
    dependencies = [("agencies", "0007_charter"), ("kernel", "0007_ended_seats")]

    operations = [
        migrations.AddField(
            model_name="accession",
            name="end_reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="membership",
            name="end_reason",
            field=models.TextField(
                blank=True,
                choices=[
                    ("left", "Départ ou changement de poste"),
                    ("duty", "Changement de mission dans la cellule"),
                    ("compromised", "Compte ou appareil compromis"),
                    ("breach", "Manquement à la charte"),
                    ("protocol", "Fin du protocole ou fermeture"),
                    ("mistake", "Participation créée par erreur"),
                ],
                db_default="",
                default="",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="kind",
            field=models.TextField(
                choices=[
                    ("person", "En propre"),
                    ("cover", "En remplacement"),
                    ("interim", "À titre provisoire"),
                    ("system", "Système"),
                ],
                db_default="person",
                default="person",
            ),
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("cell_id", models.IntegerField()),
                ("agency_id", models.UUIDField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("proposed", "À confirmer"),
                            ("confirmed", "Confirmé"),
                            ("ended", "Arrêté avant terme"),
                        ]
                    ),
                ),
                ("proposed_by", models.UUIDField()),
                ("confirmed_by", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "deputy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.membership",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.membership",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.membership",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_absence",
                "indexes": [
                    models.Index(fields=["cell_id", "valid_until"], name="agencies_absence_when")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("valid_until__gt", models.F("valid_from"))),
                        name="agencies_absence_ends_after_start",
                        violation_error_message="Une absence se termine après avoir commencé.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("membership", models.F("deputy")), _negated=True),
                        name="agencies_absence_of_somebody_else",
                        violation_error_message="Personne ne se remplace soi-même.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("cell_id", models.IntegerField()),
                ("agency_id", models.UUIDField()),
                ("called", models.TextField()),
                ("shown", models.TextField()),
                ("secret_digest", models.BinaryField(max_length=32, unique=True)),
                (
                    "may",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("created_by", models.UUIDField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("window_started_at", models.DateTimeField(null=True)),
                ("window_calls", models.IntegerField(default=0)),
                (
                    "seat",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.membership",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_token",
                "indexes": [
                    models.Index(fields=["cell_id", "agency_id"], name="agencies_token_where")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "may__contained_by",
                                [
                                    "cases.read",
                                    "shares.read",
                                    "shares.answer",
                                    "measures.done",
                                    "meetings.read",
                                ],
                            ),
                            ("may__len__gte", 1),
                        ),
                        name="agencies_token_known_scope",
                    )
                ],
            },
        ),
        MayOwe("access", OWED),
        # Whoever is invited has no account yet: the letter finds its address when it leaves.
        MayOwe(
            "invitations",
            ("invitation.sent",),
            to="EXISTS (SELECT FROM agencies_invitation i"
            " WHERE i.id = recipient AND i.state = 'sent')",
            channels=("email",),
        ),
        ScopeTable("agencies_absence", read=CELL),
        ScopeTable("agencies_token"),
        AllowRole(
            "agencies_token", "rempart_runtime", expression=KEEPS_TOKENS, columns=SHOWN_OF_TOKENS
        ),
        AllowRole("agencies_token", "rempart_signin"),
        AllowRole(
            "agencies_token",
            "rempart_signin",
            ("UPDATE",),
            columns=("last_used_at", "window_started_at", "window_calls"),
        ),
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE ON agencies_absence, agencies_token"
            " TO rempart_maintenance;"
            "GRANT INSERT, UPDATE ON agencies_membership TO rempart_maintenance;"
            "GRANT UPDATE (valid_until, end_reason) ON agencies_accession TO rempart_maintenance;"
            "GRANT INSERT ON agencies_account TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        *[MaintenanceFunction(f"agencies.{name}", body) for name, body in ENDINGS.items()],
        *[
            MaintenanceFunction(f"agencies.{name}", body, execute_by=ASKED)
            for name, body in ACTS.items()
        ],
        migrations.RunSQL(
            leaving.TRIGGERS + covering.TRIGGERS + tokens.TRIGGERS, migrations.RunSQL.noop
        ),
    ]
