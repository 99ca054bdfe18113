"""The protocol of a cell, its policy, its territory and who covers what."""

import django.db.models.deletion
from django.db import migrations, models

import kernel.clock
import kernel.ids
from kernel.rls.operations import CELL, AllowRole, MaintenanceFunction, ScopeTable, has_role

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
FRESH = "(SELECT kernel.session_fresh())"
ADMINISTERS = f"{CELL} AND {has_role('cell_admin')} AND {FRESH}"
SIGNED = f"{ADMINISTERS} AND created_by = (SELECT kernel.session_seat())"
WRITES = ("SELECT", "INSERT", "UPDATE")
KEPT = (
    "agencies_protocol",
    "agencies_protocolparty",
    "agencies_cellpolicy",
    "agencies_policydeadline",
    "agencies_coverage",
)

REQUIRE_ADMIN = f"""
CREATE FUNCTION agencies.require_admin() RETURNS void LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF NOT coalesce(kernel.session_has('cell_admin') AND kernel.session_fresh(), false) THEN
        RAISE EXCEPTION 'only the administration of a cell does this, with a fresh factor'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$
"""

ACCEDE = f"""
CREATE FUNCTION agencies.accede(
    number uuid, which uuid, signed date, signed_by text, until timestamptz
) RETURNS void LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE mine int := kernel.session_cell(); agency_unit int; secrecy_unit int;
BEGIN
    PERFORM agencies.require_admin();
    INSERT INTO public.kernel_unit (cell_id, kind, ref) VALUES (mine, 'agency', number)
        RETURNING id INTO agency_unit;
    INSERT INTO public.kernel_unit (cell_id, kind, ref) VALUES (mine, 'secrecy', number)
        RETURNING id INTO secrecy_unit;
    INSERT INTO public.agencies_accession (id, cell_id, agency_id, signed_on, signatory,
           valid_from, valid_until, unit_id, secrecy_unit_id)
    VALUES (number, mine, which, signed, signed_by, now(), until, agency_unit, secrecy_unit);
END $$
"""

# Schools come from the national directory only: an invented one could send referrals.
ADD_AGENCY = f"""
CREATE FUNCTION agencies.add_agency(
    number uuid, of_kind text, named text, commune text, mail text, telephone text
) RETURNS void LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE cell record; place record;
BEGIN
    PERFORM agencies.require_admin();
    IF of_kind = 'school' THEN
        RAISE EXCEPTION 'schools come from the national directory'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT c.code, c.academy_code INTO STRICT cell FROM public.agencies_cell c
     WHERE c.id = kernel.session_cell();
    SELECT m.name, m.departement_code INTO place FROM public.agencies_commune m
     WHERE m.insee = commune;
    INSERT INTO public.agencies_agency (id, kind, name, nature_code, address, postcode,
           commune_insee, commune_name, departement_code, academy_code, siret, email, phone,
           is_open, source, created_at, updated_at)
    VALUES (number, of_kind, named, '', '', '', commune, coalesce(place.name, ''),
            coalesce(place.departement_code, cell.code), cell.academy_code, '', mail, telephone,
            true, 'cellule ' || cell.code, now(), now());
END $$
"""

# Whoever sends a referral that nobody coordinates has them told, and nobody else asks.
ADMINISTRATORS = f"""
CREATE FUNCTION agencies.administrators() RETURNS SETOF uuid LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    IF NOT (kernel.session_has('school_pilot') OR kernel.session_has('resource_team_member')) IS TRUE
       OR EXISTS (SELECT FROM public.kernel_seat s JOIN public.agencies_cell c ON c.id = s.cell_id
                   WHERE c.id = kernel.session_cell() AND c.coordination_unit_id = ANY (s.units)
                     AND now() >= s.valid_from AND now() < s.valid_until) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT DISTINCT s.account_id FROM public.kernel_seat s
     WHERE s.cell_id = kernel.session_cell() AND 'cell_admin' = ANY (s.roles)
       AND now() >= s.valid_from AND now() < s.valid_until;
END $$
"""

RIGHT_KIND = """
CREATE FUNCTION agencies.coverage_is_of_the_right_kind() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of_kind text;
BEGIN
    SELECT g.kind INTO of_kind FROM agencies_accession a JOIN agencies_agency g ON g.id = a.agency_id
     WHERE a.id = NEW.accession_id;
    IF of_kind IS NULL OR NOT (of_kind = NEW.function
       OR (NEW.function = 'law_enforcement' AND of_kind IN ('police', 'gendarmerie'))) THEN
        RAISE EXCEPTION 'a % is not competent as %', of_kind, NEW.function
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER right_kind BEFORE INSERT OR UPDATE ON agencies_coverage FOR EACH ROW
    EXECUTE FUNCTION agencies.coverage_is_of_the_right_kind();
"""

# What names two rows of a cell can only name rows of the same cell.
TOGETHER = """
ALTER TABLE agencies_accession ADD CONSTRAINT agencies_accession_of_cell UNIQUE (cell_id, id);
ALTER TABLE agencies_protocolparty ADD CONSTRAINT agencies_party_of_its_protocol
    FOREIGN KEY (cell_id, protocol_id) REFERENCES agencies_protocol (cell_id, id);
ALTER TABLE agencies_protocolparty ADD CONSTRAINT agencies_party_of_its_cell
    FOREIGN KEY (cell_id, accession_id) REFERENCES agencies_accession (cell_id, id);
ALTER TABLE agencies_policydeadline ADD CONSTRAINT agencies_deadline_of_its_policy
    FOREIGN KEY (cell_id, policy_id) REFERENCES agencies_cellpolicy (cell_id, id);
ALTER TABLE agencies_coverage ADD CONSTRAINT agencies_coverage_of_its_cell
    FOREIGN KEY (cell_id, accession_id) REFERENCES agencies_accession (cell_id, id);
"""


class Migration(migrations.Migration):
    dependencies = [("agencies", "0002_scope"), ("kernel", "0004_fresh_factor")]

    operations = [
        migrations.CreateModel(
            name="CellPolicy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.IntegerField()),
                (
                    "activation",
                    models.TextField(
                        choices=[
                            ("prosecutor", "Le procureur ou un substitut seulement"),
                            ("delegate", "Le procureur, un substitut ou un délégué du procureur"),
                        ],
                        default="delegate",
                    ),
                ),
                (
                    "reporting",
                    models.TextField(
                        choices=[
                            ("all", "Toutes les saisines, dès leur arrivée"),
                            (
                                "assessed",
                                "En danger immédiat dès l'arrivée, les autres une fois évaluées",
                            ),
                            (
                                "serious",
                                "En danger immédiat dès l'arrivée, ou évaluées à une gravité de 2 ou 3",
                            ),
                        ],
                        default="all",
                    ),
                ),
                ("closed_months", models.SmallIntegerField()),
                ("archive_months", models.SmallIntegerField()),
                ("not_retained_months", models.SmallIntegerField()),
                ("age_limit", models.SmallIntegerField()),
                ("log_months", models.SmallIntegerField()),
                ("created_by", models.UUIDField()),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policies",
                        to="agencies.cell",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_cellpolicy",
            },
        ),
        migrations.CreateModel(
            name="Coverage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "function",
                    models.TextField(
                        choices=[
                            ("prosecutor", "Parquet"),
                            ("law_enforcement", "Police ou gendarmerie"),
                            ("municipality", "Commune, pour ses écoles"),
                        ]
                    ),
                ),
                ("commune_insee", models.TextField()),
                (
                    "accession",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covers",
                        to="agencies.accession",
                    ),
                ),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.cell",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_coverage",
            },
        ),
        migrations.CreateModel(
            name="PolicyDeadline",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "urgency",
                    models.TextField(
                        choices=[
                            ("immediate", "Immédiate (en heures)"),
                            ("high", "Haute (24 heures)"),
                            ("standard", "Normale (72 heures)"),
                            ("watch", "Veille"),
                        ]
                    ),
                ),
                (
                    "due",
                    models.TextField(
                        choices=[
                            ("acknowledge", "Prise en charge, après l'envoi"),
                            ("assess", "Évaluation, après l'envoi"),
                            ("activate", "Activation, après l'évaluation"),
                            ("protect", "Première mesure, après l'activation"),
                            ("meet", "Première réunion, après l'activation"),
                            ("answer", "Réponse à l'école, après l'issue"),
                        ]
                    ),
                ),
                ("hours", models.IntegerField()),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.cell",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deadlines",
                        to="agencies.cellpolicy",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_policydeadline",
            },
        ),
        migrations.CreateModel(
            name="Protocol",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.IntegerField()),
                ("title", models.TextField()),
                ("signed_on", models.DateField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(null=True, blank=True)),
                ("created_by", models.UUIDField()),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="protocols",
                        to="agencies.cell",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_protocol",
            },
        ),
        migrations.CreateModel(
            name="ProtocolParty",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.SmallIntegerField()),
                ("party_name", models.TextField(blank=True, default="")),
                ("signatory", models.TextField()),
                ("signed_on", models.DateField()),
                (
                    "accession",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="agencies.accession",
                    ),
                ),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.cell",
                    ),
                ),
                (
                    "protocol",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parties",
                        to="agencies.protocol",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_protocolparty",
            },
        ),
        migrations.AddConstraint(
            model_name="cellpolicy",
            constraint=models.UniqueConstraint(
                fields=("cell", "version"), name="agencies_policy_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="cellpolicy",
            constraint=models.UniqueConstraint(fields=("cell", "id"), name="agencies_policy_whole"),
        ),
        migrations.AddConstraint(
            model_name="cellpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("activation__in", ["prosecutor", "delegate"]),
                    ("reporting__in", ["all", "assessed", "serious"]),
                ),
                name="agencies_policy_words_known",
                violation_error_message="Ces règles se choisissent dans une liste.",
            ),
        ),
        migrations.AddConstraint(
            model_name="cellpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_months__range", (1, 12))),
                name="agencies_policy_closed_months",
                violation_error_message="Une durée de conservation dépasse ce que le droit permet.",
            ),
        ),
        migrations.AddConstraint(
            model_name="cellpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("archive_months__range", (1, 36))),
                name="agencies_policy_archive_months",
                violation_error_message="Une durée de conservation dépasse ce que le droit permet.",
            ),
        ),
        migrations.AddConstraint(
            model_name="cellpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("not_retained_months__range", (1, 6))),
                name="agencies_policy_not_retained_months",
                violation_error_message="Une durée de conservation dépasse ce que le droit permet.",
            ),
        ),
        migrations.AddConstraint(
            model_name="cellpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("age_limit__range", (1, 25))),
                name="agencies_policy_age_limit",
                violation_error_message="Une durée de conservation dépasse ce que le droit permet.",
            ),
        ),
        migrations.AddConstraint(
            model_name="cellpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("log_months__range", (1, 36))),
                name="agencies_policy_log_months",
                violation_error_message="Une durée de conservation dépasse ce que le droit permet.",
            ),
        ),
        migrations.AddIndex(
            model_name="coverage",
            index=models.Index(fields=["cell", "accession"], name="agencies_coverage_of"),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.UniqueConstraint(
                fields=("cell", "function", "commune_insee"), name="agencies_coverage_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("function__in", ["prosecutor", "law_enforcement", "municipality"])
                ),
                name="agencies_coverage_function_known",
                violation_error_message="Cette compétence n'existe pas.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(("commune_insee__regex", "^([0-9]{2}|2[AB])[0-9]{3}$")),
                name="agencies_coverage_commune_form",
                violation_error_message="Le code de la commune a cinq caractères.",
            ),
        ),
        migrations.AddConstraint(
            model_name="policydeadline",
            constraint=models.UniqueConstraint(
                fields=("cell", "policy", "urgency", "due"), name="agencies_deadline_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="policydeadline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("due__in", ["acknowledge", "assess", "activate", "protect", "meet", "answer"]),
                    ("urgency__in", ["immediate", "high", "standard", "watch"]),
                ),
                name="agencies_deadline_known",
                violation_error_message="Ces règles se choisissent dans une liste.",
            ),
        ),
        migrations.AddConstraint(
            model_name="policydeadline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due", "acknowledge"), _negated=True),
                    ("hours__range", (1, 24)),
                    _connector="OR",
                ),
                name="agencies_deadline_acknowledge",
                violation_error_message="Un délai dépasse la durée la plus longue permise.",
            ),
        ),
        migrations.AddConstraint(
            model_name="policydeadline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due", "assess"), _negated=True),
                    ("hours__range", (1, 360)),
                    _connector="OR",
                ),
                name="agencies_deadline_assess",
                violation_error_message="Un délai dépasse la durée la plus longue permise.",
            ),
        ),
        migrations.AddConstraint(
            model_name="policydeadline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due", "activate"), _negated=True),
                    ("hours__range", (1, 720)),
                    _connector="OR",
                ),
                name="agencies_deadline_activate",
                violation_error_message="Un délai dépasse la durée la plus longue permise.",
            ),
        ),
        migrations.AddConstraint(
            model_name="policydeadline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due", "protect"), _negated=True),
                    ("hours__range", (1, 360)),
                    _connector="OR",
                ),
                name="agencies_deadline_protect",
                violation_error_message="Un délai dépasse la durée la plus longue permise.",
            ),
        ),
        migrations.AddConstraint(
            model_name="policydeadline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due", "meet"), _negated=True),
                    ("hours__range", (1, 720)),
                    _connector="OR",
                ),
                name="agencies_deadline_meet",
                violation_error_message="Un délai dépasse la durée la plus longue permise.",
            ),
        ),
        migrations.AddConstraint(
            model_name="policydeadline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due", "answer"), _negated=True),
                    ("hours__range", (1, 720)),
                    _connector="OR",
                ),
                name="agencies_deadline_answer",
                violation_error_message="Un délai dépasse la durée la plus longue permise.",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocol",
            constraint=models.UniqueConstraint(
                fields=("cell", "number"), name="agencies_protocol_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="protocol",
            constraint=models.UniqueConstraint(
                fields=("cell", "id"), name="agencies_protocol_whole"
            ),
        ),
        migrations.AddConstraint(
            model_name="protocol",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)),
                name="agencies_protocol_numbered",
                violation_error_message="Les versions se comptent à partir de 1.",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocol",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True),
                name="agencies_protocol_titled",
                violation_error_message="Un protocole a un intitulé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocol",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until", None),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="agencies_protocol_ends_after_start",
                violation_error_message="Un protocole se termine après avoir commencé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocolparty",
            constraint=models.UniqueConstraint(
                fields=("cell", "protocol", "position"), name="agencies_party_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="protocolparty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accession", None), models.Q(("party_name", ""), _negated=True)),
                    models.Q(("accession__isnull", False), ("party_name", "")),
                    _connector="OR",
                ),
                name="agencies_party_is_one_or_the_other",
                violation_error_message="Un signataire est un organisme de la cellule ou une institution nommée.",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocolparty",
            constraint=models.CheckConstraint(
                condition=models.Q(("signatory", ""), _negated=True),
                name="agencies_party_signed",
                violation_error_message="Une signature porte le nom de qui a signé.",
            ),
        ),
        migrations.RunSQL(TOGETHER + RIGHT_KIND, migrations.RunSQL.noop),
        *[
            ScopeTable(table, read=CELL, insert=SIGNED)
            for table in ("agencies_protocol", "agencies_cellpolicy")
        ],
        *[
            ScopeTable(table, read=CELL, insert=ADMINISTERS)
            for table in ("agencies_protocolparty", "agencies_policydeadline")
        ],
        ScopeTable(
            "agencies_coverage",
            read=CELL,
            insert=ADMINISTERS,
            update=ADMINISTERS,
            delete=ADMINISTERS,
            update_columns=("accession_id",),
        ),
        *[AllowRole(table, "rempart_operator", (*WRITES, "DELETE")) for table in KEPT],
        migrations.RunSQL(
            # An end is given in advance; ending at once is another act.
            "CREATE POLICY runtime_update ON agencies_accession FOR UPDATE TO rempart_runtime"
            f" USING ({ADMINISTERS}) WITH CHECK ({ADMINISTERS} AND valid_until > now());"
            "GRANT UPDATE (valid_until) ON agencies_accession TO rempart_runtime;"
            "GRANT INSERT ON agencies_accession, agencies_agency TO rempart_maintenance;"
            "GRANT SELECT ON agencies_commune, agencies_cellpolicy TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction("agencies.require_admin()", REQUIRE_ADMIN),
        MaintenanceFunction(
            "agencies.accede(uuid, uuid, date, text, timestamptz)",
            ACCEDE,
            execute_by=("rempart_runtime",),
        ),
        MaintenanceFunction(
            "agencies.add_agency(uuid, text, text, text, text, text)",
            ADD_AGENCY,
            execute_by=("rempart_runtime",),
        ),
        MaintenanceFunction(
            "agencies.administrators()", ADMINISTRATORS, execute_by=("rempart_runtime",)
        ),
    ]
