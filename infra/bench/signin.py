"""`./infra/bin/bench signin`: sign-ins with both factors, against the bare cost of the hash."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import django

from infra.bench.filling.database import admin
from infra.bench.measuring.percentile import percentile
from infra.bench.report import (
    Machine,
    Options,
    Report,
    Row,
    figure_at_most,
    options_for,
    ratio_at_most,
)
from infra.launcher.places import ROOT
from infra.launcher.progress import step

GOAL = ratio_at_most(1.3)
HASH, SIGN_IN = "hash", "sign-in"
RESET = (
    "UPDATE otp_totp_totpdevice SET last_t = -1, throttling_failure_count = 0,"
    " throttling_failure_timestamp = NULL;"
    "DELETE FROM agencies_attempt"
)


def main(arguments: Sequence[str]) -> int:
    """Hash on every core, then sign in on every core, by turns, and compare."""
    parser = options_for("signin", "Sign-ins with both factors against the bare cost of the hash.")
    parser.add_argument("--people", type=int, help="who sign in, in each round (default: 240)")
    parser.add_argument("--rounds", type=int, help="of each kind (default: 4)")
    parser.add_argument("--seconds", type=float, help="of each round of hashes (default: 5)")
    found = parser.parse_args(arguments)
    count = found.people or (24 if found.quick else 240)
    rounds = found.rounds or (1 if found.quick else 4)
    seconds = found.seconds or (1.0 if found.quick else 5.0)
    cores = len(os.sched_getaffinity(0))
    database = os.environ["REMPART_DB_NAME"]
    os.environ["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(ROOT / "platform")))
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    django.setup()
    from infra.bench.signing.people import people

    with step("People") as tell:
        measured = people(count, tell)
    done: dict[str, list[dict]] = {HASH: [], SIGN_IN: []}
    with step("Signing in") as tell:
        for number in range(rounds):
            for kind in (HASH, SIGN_IN) if number % 2 else (SIGN_IN, HASH):
                tell(f"round {number + 1} of {rounds}, {kind}")
                with admin(database) as connection:
                    connection.execute(RESET)
                jobs = _jobs(kind, measured, seconds, cores)
                done[kind] += _at_once(jobs)
    with admin(database) as connection:
        report = _report(Machine.of(connection), Options.of(found), done, cores)
    report.note(f"{count} people, {rounds} rounds by turns, one process on each of {cores} cores")
    report.note(
        "a sign-in is two forms sent through the whole application, tokens and cookies too;"
    )
    report.note("not in it: the socket, the client, and the pages that show the two forms")
    report.note("PostgreSQL works on the same cores")
    return report.finish()


def _jobs(kind: str, measured: Sequence, seconds: float, cores: int) -> list[dict]:
    from django_otp.oath import TOTP

    from agencies.models import Authenticator
    from agencies.operator import ALIAS
    from infra.bench.signing.people import PASSWORD

    jobs = []
    for number in range(cores):
        pairs = []
        for person in measured[number::cores] if kind == SIGN_IN else []:
            device = Authenticator.objects.using(ALIAS).get(pk=person.device)
            pairs.append((person.email, f"{TOTP(device.bin_key).token():06d}"))
        jobs.append({"number": number, "people": pairs, "seconds": seconds, "password": PASSWORD})
    return jobs


def _at_once(jobs: list[dict]) -> list[dict]:
    starts = time.time() + 4
    running = []
    for job in jobs:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.bench.signing.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        running.append((process, json.dumps(job | {"starts": starts})))
    for process, job in running:
        assert process.stdin is not None  # noqa: S101  it was asked for
        process.stdin.write(job)
        process.stdin.close()
    results = []
    for process, _job in running:
        assert process.stdout is not None  # noqa: S101  it was asked for
        results.append(json.loads(process.stdout.read()))
        process.wait()
    return results


def _report(machine: Machine, options: Options, done: dict[str, list[dict]], cores: int) -> Report:
    report = Report("signin", machine, options, "invented people", "the bare hash")
    core, rate = {}, {}
    for kind, results in done.items():
        worked = sum(result["elapsed"] for result in results)
        pieces = sum(len(result["times"]) for result in results)
        core[kind] = worked * 1000 / pieces
        rate[kind] = pieces * cores / worked
    per_core = Row(
        "core time of a sign-in", core[SIGN_IN], "ms", baseline=core[HASH], goals=(GOAL,)
    )
    report.add(per_core)
    cpu = {
        kind: sum(one["cpu"] for one in results) * 1000 / sum(len(one["times"]) for one in results)
        for kind, results in done.items()
    }
    report.add(Row("of it CPU of the process", cpu[SIGN_IN], "ms", baseline=cpu[HASH]))
    report.add(Row("sign-ins a second", rate[SIGN_IN], "/s", baseline=rate[HASH]))
    for hundredth in (50, 95, 99):
        report.add(
            Row(
                f"time of a sign-in, p{hundredth}",
                _percentile(done[SIGN_IN], hundredth),
                "ms",
                baseline=_percentile(done[HASH], hundredth),
            )
        )
    memory = {kind: max(one["memory_mb"] for one in results) for kind, results in done.items()}
    report.add(Row("memory of a process", memory[SIGN_IN], "MB", baseline=memory[HASH]))
    failed = sum(result["failures"] for result in done[SIGN_IN])
    report.add(Row("sign-ins that failed", failed, "", goals=(figure_at_most(0, ""),)))
    return report


def _percentile(results: list[dict], hundredth: int) -> float:
    times = [seconds for result in results for seconds in result["times"]]
    return percentile(times, hundredth) * 1000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
