"""How the record is: shown to who controls access, measured without names, told once and again."""

import re
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from audit import keys, log
from audit.alarms import raise_alarms
from audit.damage import Finding
from audit.health import health_of
from audit.heart import State
from audit.tasks import count_probes, count_those
from audit.verification import verify
from audit.verified import keep
from kernel import health as probing
from kernel.errors import NotFound
from kernel.scope import acting_as
from tests.audit import seats
from tests.audit.working import guards_off, ids_of, seal, sealing
from tests.support.database import as_role

pytestmark = pytest.mark.database
TRIAL, TOKEN = "drift.trial", "a-token-of-the-operator"
FIGURES = {
    "rempart_checkpoint_age_seconds",
    "rempart_unsealed_entries",
    "rempart_unsealed_oldest_seconds",
    "rempart_sealer_beat_age_seconds",
    "rempart_damaged_cells",
    "rempart_viewers_drift_rows",
    "rempart_viewers_drift_age_seconds",
    "rempart_tally_age_seconds",
    "rempart_findings_age_seconds",
    "rempart_verification_age_seconds",
    "rempart_verification_failed_cells",
    "rempart_default_partition_entries",
    "rempart_outbox_parked",
}


def beating(connection) -> None:
    connection.execute("UPDATE audit_heart SET at = clock_timestamp(), lag = 0, damaged = '{}'")


def seen_by(viewer):
    with acting_as(viewer) as fresh:
        return health_of(fresh)


@contextmanager
def counted(cell, number):
    """The probes as if one of them had found so many in this cell."""
    probing.probe(TRIAL, lambda: {cell: float(number)} if number else {})
    try:
        yield
    finally:
        probing._probes.pop(TRIAL)


def owed(connection, cell):
    rows = connection.execute(
        "SELECT kind, recipient, channel FROM kernel_outbox WHERE cell_id = %s"
        " AND kind LIKE 'record.%%' ORDER BY id",
        [cell],
    )
    return rows.fetchall()


def reasons(cell):
    with as_role("worker") as worker:
        rows = worker.execute("SELECT kind FROM audit.alarms() WHERE cell_id = %s", [cell])
        return {kind for (kind,) in rows}


def shown(health):
    """The card."""
    with translation.override("fr"):
        return render_to_string("audit/health.html", {"health": health})


def test_who_controls_access_sees_it_and_nobody_else(
    opened, cell, seat, auditor, viewer, owner_of_everything
):
    opened(5)
    seal(cell)
    beating(owner_of_everything)
    found = seen_by(auditor)
    assert (found.size, found.unsealed, found.waiting_since) == (5, 0, None)
    assert (found.sealer, found.verified_at, found.findings) == (State.RUNNING, None, None)
    opened(3)
    found = seen_by(seat("dpo"))
    assert (found.size, found.unsealed) == (5, 3)
    assert found.waiting_since is not None
    assert "ou plus" not in shown(replace(found, unsealed=9_999))
    assert "10000 ou plus" in shown(replace(found, unsealed=10_000)), "nobody counts further"
    with pytest.raises(NotFound):
        seen_by(viewer)
    elsewhere = seats.a_seat(owner_of_everything, seats.a_cell(), "auditor")
    for token, rows in ((viewer.token, 0), (elsewhere.token, 0), ("", 0), (auditor.token, 1)):
        with as_role("runtime") as connection:
            connection.execute("SELECT set_config('app.token', %s, false)", [token])
            asked = connection.execute("SELECT * FROM audit.health(%s)", [cell]).fetchall()
            assert len(asked) == rows


def test_what_a_verification_found_is_kept_and_shown(opened, cell, auditor, owner_of_everything):
    opened(4)
    seal(cell)
    out = StringIO()
    call_command("audit_watch", "--once", "--cell", str(cell), stdout=out)
    assert out.getvalue() == "1 logs verified.\n"
    first = seen_by(auditor)
    assert first.findings == 0
    number = ids_of(owner_of_everything, cell)[1]
    with guards_off(owner_of_everything):
        owner_of_everything.execute("UPDATE audit_entry SET agency = NULL WHERE id = %s", [number])
    call_command("audit_watch", "--once", "--cell", str(cell), stdout=out)
    second = seen_by(auditor)
    assert second.findings == 1
    assert second.verified_at > first.verified_at
    assert not second.well


def test_an_alarm_is_told_once_and_again_when_it_is_over(
    opened, cell, seat, viewer, owner_of_everything
):
    auditor, officer = seat("auditor"), seat("dpo")
    opened(1)
    beating(owner_of_everything)
    with counted(cell, 2):
        count_those(TRIAL)
    assert seen_by(auditor).drift == 2
    for _again in range(2):
        raise_alarms()
    told = owed(owner_of_everything, cell)
    people = {auditor.account_id, officer.account_id}
    assert viewer.account_id not in people
    both = {(person, channel) for person in people for channel in ("inbox", "email")}
    assert [kind for kind, *_to in told] == ["record.drift"] * 4
    assert {tuple(to) for _kind, *to in told} == both
    with counted(cell, 0):
        count_those(TRIAL)
    raise_alarms()
    assert len(owed(owner_of_everything, cell)) == 4, "what comes and goes is one alarm"
    owner_of_everything.execute(
        "UPDATE audit_alarm SET last_at = last_at - interval '11 minutes' WHERE cell_id = %s",
        [cell],
    )
    raise_alarms()
    raise_alarms()
    over = owed(owner_of_everything, cell)[4:]
    assert [kind for kind, *_to in over] == ["record.well"] * 4
    assert {tuple(to) for _kind, *to in over} == both
    with counted(cell, 1):
        count_those(TRIAL)
    for _again in range(2):
        raise_alarms()
    anew = owed(owner_of_everything, cell)[8:]
    assert [kind for kind, *_to in anew] == ["record.drift"] * 4, "over is not the last word"
    with counted(cell, 0):
        count_those(TRIAL)


def test_nobody_hears_that_it_is_over_while_something_else_stands(
    opened, cell, auditor, owner_of_everything
):
    def later():
        owner_of_everything.execute(
            "UPDATE audit_alarm SET last_at = last_at - interval '11 minutes' WHERE cell_id = %s",
            [cell],
        )
        raise_alarms()
        return [kind for kind, *_to in owed(owner_of_everything, cell)]

    opened(1)
    beating(owner_of_everything)
    owner_of_everything.execute("UPDATE audit_heart SET damaged = %s", [[cell]])
    with counted(cell, 2):
        count_probes()
    raise_alarms()
    with counted(cell, 0):
        count_probes()
    assert sorted(set(later())) == ["record.damaged", "record.drift"]
    beating(owner_of_everything)
    assert later().count("record.well") == 2, "one by each way to the only one who watches"


def test_what_cannot_be_counted_hides_nothing_else(opened, cell, auditor, owner_of_everything):
    def fails():
        with connections["worker"].cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    probing.probe("drift.broken", fails)
    try:
        with counted(cell, 3):
            count_probes()
        assert (seen_by(auditor).drift, seen_by(auditor).counted_at) == (3, None)
        with counted(cell, 0):
            count_probes()
        assert "Pas encore compté" in shown(seen_by(auditor)), "one of them never was"
    finally:
        probing._probes.pop("drift.broken")
    assert seen_by(auditor).counted_late
    count_probes()
    assert seen_by(auditor).counted_at is None, "a worker of the next release may count it"
    owner_of_everything.execute(
        "UPDATE audit_gauge SET since = since - interval '4 hours' WHERE name = 'drift.broken'"
    )
    count_probes()
    counted_now = seen_by(auditor)
    assert counted_now.counted_at is not None, "nobody waits for a probe that is gone"
    assert not counted_now.counted_late
    assert "Pas encore compté" not in shown(counted_now)


def test_what_nobody_knows_is_not_shown_as_good(opened, cell, auditor, owner_of_everything):
    opened(1)
    seal(cell)
    beating(owner_of_everything)
    count_probes()
    with log.connect("auditor") as connection:
        keep(connection, verify(connection, cell, keys.public_keys()))
    good = replace(seen := seen_by(auditor), kept_at=seen.verified_at)
    assert ("Aucun, compté" in shown(good), "Intact" in shown(good)) == (True, True)
    assert "Aucun," not in shown(replace(good, counted_late=True))
    assert "Intact" not in shown(replace(good, sealer=State.DAMAGED))
    assert "Intact" not in shown(replace(good, findings=1))
    assert "Inconnu, compté" in shown(replace(good, counted_late=True))
    for ill, said in (
        ({}, "Tout est en ordre"),
        ({"counted_late": True}, "Un contrôle est en retard"),
        ({"sealer": State.LATE}, "Scellement en retard"),
        *[({name: None}, "Pas encore vérifié") for name in ("verified_at", "kept_at")],
        ({"drift": 3, "counted_late": True}, "Écarts entre droits"),
        ({"sealer": State.STOPPED, "drift": 3}, "Scellement arrêté"),
        ({"sealer": State.DAMAGED, "drift": 3}, "Journal altéré"),
        ({"sealer": State.DAMAGED, "findings": 1}, "Anomalie trouvée"),
    ):
        assert said in shown(replace(good, **ill)).split("</summary>")[0], "worst first"
    for copies, said in (
        ([7], "avec cette copie, ou que deux personnes la mettent"),
        ([7, 9], "avec ces copies, ou que deux personnes les mettent"),
        ([7, 9], "Des copies gardées à 7, 9"),
    ):
        assert said in shown(replace(good, findings=1, against=copies, copies=copies))
    carried = shown(replace(good, findings=1, copies=[7], without_a_copy=[4], against=[4, 7]))
    ways_out = ("Une copie gardée à 7 entrées", "Une copie de 4 entrées a contredit", "Voir ces")
    assert all(said in carried for said in ways_out)


def test_each_reason_raises_its_alarm(opened, cell, auditor, owner_of_everything):
    opened(1)
    beating(owner_of_everything)
    assert reasons(cell) == set()
    owner_of_everything.execute("UPDATE audit_heart SET at = at - interval '2 minutes'")
    assert reasons(cell) == {"sealer"}
    beating(owner_of_everything)
    owner_of_everything.execute("UPDATE audit_heart SET lag = 90")
    assert reasons(cell) == {"sealer"}
    owner_of_everything.execute("UPDATE audit_heart SET lag = 0, damaged = %s", [[cell]])
    assert reasons(cell) == {"damaged"}
    assert seen_by(auditor).sealer is State.DAMAGED
    beating(owner_of_everything)
    seal(cell)
    with log.connect("auditor") as connection:
        report = verify(connection, cell, keys.public_keys())
        report.findings = [Finding("truncated", cell, 0)]
        keep(connection, report)
        assert reasons(cell) == {"verification"}
        report.findings = []
        keep(connection, report)
    assert reasons(cell) == set()
    for table in ("audit_checkpoint", "audit_verified"):
        assert not seen_by(auditor).verified_late
        assert reasons(cell) == set(), "verified not long ago"
        with guards_off(owner_of_everything, table):
            earlier = f"UPDATE {table} SET at = at - interval '7 hours' WHERE cell_id = %s"
            owner_of_everything.execute(earlier, [cell])
    assert reasons(cell) == {"unverified"}
    late = seen_by(auditor)
    assert (late.verified_late, late.well) == (True, False)
    assert "Vérification en retard" in shown(late)
    compared = (
        "INSERT INTO audit_verified (cell_id, size, findings, compared) VALUES (%s, 1, 0, true)"
    )
    owner_of_everything.execute(compared, [cell])
    assert reasons(cell) == {"unverified"}, "a comparison is no verification"
    assert seen_by(auditor).verified_late


def test_what_was_counted_or_verified_never_or_hours_ago_is_late(
    opened, cell, auditor, owner_of_everything
):
    def counted_ago(when):
        owner_of_everything.execute(
            f"UPDATE audit_gauge SET at = {when} WHERE cell_id = 0 AND name = %s", [TRIAL]
        )
        return seen_by(auditor)

    def unverified_for():
        with as_role("runtime") as connection:
            asked = "SELECT value FROM audit.measures() WHERE name LIKE '%verification_age%'"
            return connection.execute(asked).fetchone()[0]

    opened(1)
    seal(cell)
    beating(owner_of_everything)
    with counted(cell, 0):
        count_those(TRIAL)
    assert (seen_by(auditor).well, reasons(cell)) == (True, set())
    for when in ("clock_timestamp() - interval '7 hours'", "to_timestamp(0)"):
        late = counted_ago(when)
        assert (late.counted_late, late.well) == (True, False), when
        assert "Comptage en retard" in shown(late)
        assert reasons(cell) == {"uncounted"}
    raise_alarms()
    assert {kind for kind, *_to in owed(owner_of_everything, cell)} == {"record.uncounted"}
    assert counted_ago("clock_timestamp()").well
    with guards_off(owner_of_everything, "audit_checkpoint"):
        owner_of_everything.execute(
            "UPDATE audit_checkpoint SET at = at - interval '20 years' WHERE cell_id = %s", [cell]
        )
    never = seen_by(auditor)
    assert (never.verified_at, never.verified_late, never.well) == (None, True, False)
    assert "Vérification en retard" in shown(never)
    assert reasons(cell) == {"unverified"}
    assert unverified_for() > 19 * 365 * 86_400
    with log.connect("auditor") as connection:
        keep(connection, verify(connection, cell, keys.public_keys()))
    assert unverified_for() < 19 * 365 * 86_400


def test_a_meter_reads_figures_and_no_names(opened, cell, settings, owner_of_everything):
    opened(2)
    seal(cell)
    with sealing() as sealer:
        sealer.beat()
    with counted(cell, 0):
        count_probes()
    with log.connect("auditor") as connection:
        keep(connection, verify(connection, cell, keys.public_keys()))
    browser = Client()
    asked = {"headers": {"authorization": f"Bearer {TOKEN}"}}
    unknown = browser.get("/metrics-of-nobody", **asked).content
    for configured, shown in (
        ("", TOKEN),
        ("", ""),
        (TOKEN, "other"),
        (TOKEN, ""),
        ("short", "short"),
    ):
        settings.METRICS_TOKEN = configured
        refused = browser.get("/metrics", headers={"authorization": f"Bearer {shown}"})
        assert (refused.status_code, refused.content) == (404, unknown)
    settings.METRICS_TOKEN = TOKEN
    assert browser.get("/metrics").status_code == 404
    answer = browser.get("/metrics", **asked)
    assert (answer.status_code, answer["Content-Type"].partition("; charset")[0]) == (
        200,
        "text/plain; version=0.0.4",
    )
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z_]+ -?[0-9.]+(e[+-]\d+)?", line) for line in lines), lines
    # One more where somebody has a key of their own.
    told = {line.split()[0] for line in lines} - {"rempart_cosignature_age_seconds"}
    assert told == FIGURES
    assert str(cell) not in answer.text


def test_the_journal_begins_with_it(world):
    page = world.auditor.browser.get("/journal/")
    assert page.status_code == 200
    assert "État du journal" in page.text
    assert world.coordinator.browser.get("/journal/").status_code == 404


def test_what_drifts_is_counted_by_cell(world, owner_of_everything):
    case = world.qualified()
    assert seen_by(world.auditor.viewer).drift is None
    with owner_of_everything.transaction():
        owner_of_everything.execute("SET LOCAL session_replication_role = replica")
        owner_of_everything.execute(
            "UPDATE referrals_case SET viewers = viewers || 1 WHERE id = %s", [case]
        )
    try:
        count_those("drift.cases")
        assert seen_by(world.auditor.viewer).drift == 1
    finally:
        owner_of_everything.execute("SELECT referrals.sync_case(%s)", [case])
    count_those("drift.cases")
    assert not seen_by(world.auditor.viewer).drift
    connections["worker"].close()
