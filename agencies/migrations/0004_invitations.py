"""Inviting people, confirming what they may be, and joining."""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import kernel.clock
import kernel.ids
from agencies.sql import joining, second_person
from kernel.rls.operations import CELL, AllowRole, MaintenanceFunction, ScopeTable, has_role

MINE = "agency_id = (SELECT kernel.session_agency())"
MANAGES = (
    f"{has_role('cell_admin')} OR {MINE} AND"
    f" ({has_role('agency_lead')} OR {has_role('school_head')})"
)
CONFIRMS = f"{has_role('departmental_officer')} OR {MINE} AND {has_role('prosecutor')}"
ASKED = (
    f"({has_role('cell_coordinator')} OR {has_role('prosecutor')})"
    " AND (state = 'waiting' AND roles && ARRAY['school_reporter','resource_team_member',"
    "'agency_partner','agency_lead'] OR confirmed_by = (SELECT kernel.session_account()))"
)
INVOLVED = f"{CELL} AND ({MANAGES} OR {CONFIRMS} OR {ASKED})"
RULES = (
    ("agencies_invitation", "BEFORE INSERT OR UPDATE", "invitation_rules"),
    ("agencies_invitation", "BEFORE INSERT OR UPDATE", "letters_counted"),
    ("agencies_role_change", "BEFORE INSERT OR UPDATE", "role_change_rules"),
)


class Migration(migrations.Migration):
    dependencies = [("agencies", "0003_protocol"), ("kernel", "0004_fresh_factor")]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(
                            choices=[
                                ("school_reporter", "Personnel de l'établissement"),
                                ("resource_team_member", "Membre de l'équipe ressource"),
                                ("school_pilot", "Pilote de l'établissement"),
                                ("school_head", "Chef d'établissement"),
                                ("cell_coordinator", "Coordination de la cellule"),
                                ("departmental_officer", "Référent départemental harcèlement"),
                                ("prosecutor", "Procureur ou substitut"),
                                ("prosecutor_delegate", "Délégué du procureur"),
                                ("agency_partner", "Partenaire de la cellule"),
                                ("agency_lead", "Responsable dans son organisme"),
                                ("auditor", "Contrôle des accès"),
                                ("dpo", "Protection des données"),
                                ("cell_admin", "Administration de la cellule"),
                                ("platform_operator", "Exploitation de la plateforme"),
                            ]
                        ),
                        size=None,
                    ),
                ),
                ("bound_by_secrecy", models.BooleanField(default=False)),
                ("address", models.TextField(blank=True)),
                ("display_name", models.TextField(blank=True)),
                ("job_title", models.TextField(blank=True, default="")),
                ("valid_from", models.DateTimeField(null=True, blank=True)),
                (
                    "valid_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("waiting", "À confirmer"),
                            ("sent", "Envoyée"),
                            ("joined", "Acceptée"),
                            ("refused", "Refusée"),
                            ("withdrawn", "Retirée"),
                            ("lapsed", "Non confirmée à temps"),
                        ]
                    ),
                ),
                ("invited_by", models.UUIDField()),
                ("confirmed_by", models.UUIDField(null=True, blank=True)),
                ("sending", models.SmallIntegerField(default=0)),
                (
                    "letters",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                ("token_hash", models.BinaryField(null=True, blank=True, unique=True)),
                ("expires_at", models.DateTimeField(null=True, blank=True)),
                ("claimed_at", models.DateTimeField(null=True, blank=True)),
                ("account_id", models.UUIDField(null=True, blank=True)),
                ("membership_id", models.UUIDField(null=True, blank=True)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("ended_at", models.DateTimeField(null=True, blank=True)),
            ],
            options={
                "db_table": "agencies_invitation",
            },
        ),
        migrations.CreateModel(
            name="RoleChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account_id", models.UUIDField()),
                (
                    "previous_roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(
                            choices=[
                                ("school_reporter", "Personnel de l'établissement"),
                                ("resource_team_member", "Membre de l'équipe ressource"),
                                ("school_pilot", "Pilote de l'établissement"),
                                ("school_head", "Chef d'établissement"),
                                ("cell_coordinator", "Coordination de la cellule"),
                                ("departmental_officer", "Référent départemental harcèlement"),
                                ("prosecutor", "Procureur ou substitut"),
                                ("prosecutor_delegate", "Délégué du procureur"),
                                ("agency_partner", "Partenaire de la cellule"),
                                ("agency_lead", "Responsable dans son organisme"),
                                ("auditor", "Contrôle des accès"),
                                ("dpo", "Protection des données"),
                                ("cell_admin", "Administration de la cellule"),
                                ("platform_operator", "Exploitation de la plateforme"),
                            ]
                        ),
                        size=None,
                    ),
                ),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(
                            choices=[
                                ("school_reporter", "Personnel de l'établissement"),
                                ("resource_team_member", "Membre de l'équipe ressource"),
                                ("school_pilot", "Pilote de l'établissement"),
                                ("school_head", "Chef d'établissement"),
                                ("cell_coordinator", "Coordination de la cellule"),
                                ("departmental_officer", "Référent départemental harcèlement"),
                                ("prosecutor", "Procureur ou substitut"),
                                ("prosecutor_delegate", "Délégué du procureur"),
                                ("agency_partner", "Partenaire de la cellule"),
                                ("agency_lead", "Responsable dans son organisme"),
                                ("auditor", "Contrôle des accès"),
                                ("dpo", "Protection des données"),
                                ("cell_admin", "Administration de la cellule"),
                                ("platform_operator", "Exploitation de la plateforme"),
                            ]
                        ),
                        size=None,
                    ),
                ),
                ("bound_by_secrecy", models.BooleanField(default=False)),
                ("valid_until", models.DateTimeField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("waiting", "À confirmer"),
                            ("applied", "Appliqué"),
                            ("refused", "Refusé"),
                            ("withdrawn", "Retiré"),
                            ("lapsed", "Non confirmé à temps"),
                        ]
                    ),
                ),
                ("proposed_by", models.UUIDField()),
                ("confirmed_by", models.UUIDField(null=True, blank=True)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("ended_at", models.DateTimeField(null=True, blank=True)),
            ],
            options={
                "db_table": "agencies_role_change",
            },
        ),
        migrations.RemoveConstraint(
            model_name="membership",
            name="agencies_membership_roles_known",
        ),
        migrations.AlterField(
            model_name="membership",
            name="roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(
                    choices=[
                        ("school_reporter", "Personnel de l'établissement"),
                        ("resource_team_member", "Membre de l'équipe ressource"),
                        ("school_pilot", "Pilote de l'établissement"),
                        ("school_head", "Chef d'établissement"),
                        ("cell_coordinator", "Coordination de la cellule"),
                        ("departmental_officer", "Référent départemental harcèlement"),
                        ("prosecutor", "Procureur ou substitut"),
                        ("prosecutor_delegate", "Délégué du procureur"),
                        ("agency_partner", "Partenaire de la cellule"),
                        ("agency_lead", "Responsable dans son organisme"),
                        ("auditor", "Contrôle des accès"),
                        ("dpo", "Protection des données"),
                        ("cell_admin", "Administration de la cellule"),
                        ("platform_operator", "Exploitation de la plateforme"),
                    ]
                ),
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "roles__contained_by",
                        [
                            "school_reporter",
                            "resource_team_member",
                            "school_pilot",
                            "school_head",
                            "cell_coordinator",
                            "departmental_officer",
                            "prosecutor",
                            "prosecutor_delegate",
                            "agency_partner",
                            "agency_lead",
                            "auditor",
                            "dpo",
                            "cell_admin",
                            "platform_operator",
                        ],
                    ),
                    ("roles__len__gte", 1),
                ),
                name="agencies_membership_roles_known",
                violation_error_message="Une personne participe avec au moins un rôle, choisi dans la liste.",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="accession",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.accession",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="cell",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.cell"
            ),
        ),
        migrations.AddField(
            model_name="rolechange",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
            ),
        ),
        migrations.AddField(
            model_name="rolechange",
            name="cell",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.cell"
            ),
        ),
        migrations.AddField(
            model_name="rolechange",
            name="membership",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="agencies.membership",
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "sent"])),
                fields=["cell", "agency"],
                name="agencies_invitation_open",
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["invited_by"], name="agencies_invitation_by"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "sent"])),
                fields=("accession", "address"),
                name="agencies_invitation_once_at_a_time",
                violation_error_message="Une invitation est déjà en cours à cette adresse pour cet organisme.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "roles__contained_by",
                        [
                            "school_reporter",
                            "resource_team_member",
                            "school_pilot",
                            "school_head",
                            "cell_coordinator",
                            "departmental_officer",
                            "prosecutor",
                            "prosecutor_delegate",
                            "agency_partner",
                            "agency_lead",
                            "auditor",
                            "dpo",
                            "cell_admin",
                        ],
                    ),
                    ("roles__len__gte", 1),
                    (
                        "state__in",
                        ["waiting", "sent", "joined", "refused", "withdrawn", "lapsed"],
                    ),
                ),
                name="agencies_invitation_words_known",
                violation_error_message="Choisissez au moins un rôle dans la liste.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by", None),
                    models.Q(("confirmed_by", models.F("invited_by")), _negated=True),
                    _connector="OR",
                ),
                name="agencies_invitation_two_people",
                violation_error_message="Une autre personne doit confirmer.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "roles__overlap",
                            [
                                "auditor",
                                "cell_admin",
                                "cell_coordinator",
                                "departmental_officer",
                                "dpo",
                                "prosecutor",
                                "prosecutor_delegate",
                                "school_head",
                            ],
                        ),
                        _negated=True,
                    ),
                    ("confirmed_by__isnull", False),
                    models.Q(
                        ("state__in", ["waiting", "refused", "withdrawn", "lapsed"]),
                        ("token_hash", None),
                    ),
                    _connector="OR",
                ),
                name="agencies_invitation_confirmed_first",
                violation_error_message="Ce rôle est confirmé par une deuxième personne.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["refused", "withdrawn", "lapsed"]),
                    models.Q(
                        (
                            "address__regex",
                            "^[a-z0-9.!#$%&'*/=?^_`{|}~-]+@[a-z0-9-]+([.][a-z0-9-]+)+$",
                        ),
                        models.Q(("display_name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="agencies_invitation_addressed",
                violation_error_message="Une invitation porte un nom et une adresse.",
            ),
        ),
        migrations.AddIndex(
            model_name="rolechange",
            index=models.Index(fields=["cell", "membership"], name="agencies_role_change_history"),
        ),
        migrations.AddConstraint(
            model_name="rolechange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("membership",),
                name="agencies_role_change_one_waits",
                violation_error_message="Un changement attend déjà d'être confirmé pour cette personne.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "roles__contained_by",
                        [
                            "school_reporter",
                            "resource_team_member",
                            "school_pilot",
                            "school_head",
                            "cell_coordinator",
                            "departmental_officer",
                            "prosecutor",
                            "prosecutor_delegate",
                            "agency_partner",
                            "agency_lead",
                            "auditor",
                            "dpo",
                            "cell_admin",
                        ],
                    ),
                    ("roles__len__gte", 1),
                    ("state__in", ["waiting", "applied", "refused", "withdrawn", "lapsed"]),
                ),
                name="agencies_role_change_words_known",
                violation_error_message="Choisissez au moins un rôle dans la liste.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("proposed_by", models.F("account_id")), _negated=True),
                    models.Q(
                        ("confirmed_by", None),
                        models.Q(
                            models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                            models.Q(("confirmed_by", models.F("account_id")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                ),
                name="agencies_role_change_by_others",
                violation_error_message="Personne ne change ses propres rôles.",
            ),
        ),
        # A deferred foreign key would be checked when the table is altered below.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        ScopeTable(
            "agencies_invitation",
            read=INVOLVED,
            insert=f"{CELL} AND ({MANAGES}) AND invited_by = (SELECT kernel.session_account())",
            update=INVOLVED,
            update_columns=(
                *("state", "confirmed_by", "sending", "token_hash", "expires_at", "ended_at"),
            ),
        ),
        ScopeTable(
            "agencies_role_change",
            read=INVOLVED,
            insert=f"{CELL} AND ({MANAGES}) AND proposed_by = (SELECT kernel.session_account())",
            update=INVOLVED,
            update_columns=("state", "confirmed_by", "ended_at"),
        ),
        # The letter is addressed at the moment it leaves: the owed effect holds no address.
        AllowRole(
            "agencies_invitation",
            "rempart_worker",
            columns=("id", "address", "state", "sending", "token_hash", "expires_at"),
        ),
        migrations.RunSQL(
            "GRANT USAGE ON SCHEMA agencies TO rempart_signin, rempart_worker;"
            "GRANT SELECT, UPDATE ON agencies_invitation, agencies_role_change TO rempart_maintenance;"
            "GRANT INSERT, UPDATE ON agencies_membership TO rempart_maintenance;"
            "GRANT SELECT (email, display_name), INSERT, UPDATE (password) ON agencies_account"
            " TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction(
            "agencies.held_by_others(int, uuid, uuid[])", second_person.HELD_BY_OTHERS
        ),
        MaintenanceFunction("agencies.is_at(text, uuid[])", second_person.IS_AT),
        MaintenanceFunction(
            "agencies.could_offer(text, text[], text[], boolean)", second_person.COULD_OFFER
        ),
        MaintenanceFunction(
            "agencies.gives_alone(text, text[], boolean, text[], boolean)",
            second_person.GIVES_ALONE,
        ),
        MaintenanceFunction(
            "agencies.vouches(text, text[], text[], boolean, text[])", second_person.VOUCHES
        ),
        MaintenanceFunction("agencies.session_holds()", second_person.SESSION_HOLDS),
        MaintenanceFunction("agencies.may_offer(uuid, text[])", second_person.MAY_OFFER),
        MaintenanceFunction(
            "agencies.wants_second(uuid, text[], boolean)", second_person.WANTS_SECOND
        ),
        MaintenanceFunction(
            "agencies.may_confirm(uuid, text[], uuid[])", second_person.MAY_CONFIRM
        ),
        MaintenanceFunction(
            "agencies.still_offers(int, uuid, uuid, text[])", second_person.STILL_OFFERS
        ),
        MaintenanceFunction("agencies.still_stands(uuid)", joining.STILL_STANDS),
        MaintenanceFunction("agencies.invitation_rules()", joining.INVITATION_RULES),
        MaintenanceFunction("agencies.letters_counted()", joining.COUNT_LETTERS),
        MaintenanceFunction("agencies.role_change_rules()", joining.CHANGE_RULES),
        MaintenanceFunction("agencies.apply_role_change()", joining.APPLY_CHANGE),
        MaintenanceFunction(
            "agencies.end_lapsed(int)", joining.END_LAPSED, execute_by=("rempart_worker",)
        ),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER {function} {when} ON {table} FOR EACH ROW"
                f" EXECUTE FUNCTION agencies.{function}()",
                f"DROP TRIGGER {function} ON {table}",
            )
            for table, when, function in RULES
        ],
        migrations.RunSQL(
            "CREATE TRIGGER apply_role_change AFTER INSERT OR UPDATE ON agencies_role_change"
            " FOR EACH ROW WHEN (NEW.state = 'applied')"
            " EXECUTE FUNCTION agencies.apply_role_change()",
            "DROP TRIGGER apply_role_change ON agencies_role_change",
        ),
        *[
            MaintenanceFunction(f"agencies.{signature}", body, execute_by=("rempart_signin",))
            for signature, body in (
                ("offer_behind(bytea)", joining.OFFER),
                ("claim_offer(bytea, uuid, text)", joining.CLAIM),
                ("decline_offer(bytea)", joining.DECLINE),
                ("take_up_offer(bytea, uuid, uuid, uuid)", joining.TAKE_UP),
            )
        ],
        MaintenanceFunction(
            "agencies.my_places()", joining.MY_PLACES, execute_by=("rempart_runtime",)
        ),
    ]
