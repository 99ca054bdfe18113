"""One process at work: `python -m infra.bench.signing.worker < job > result`.

Hashes a password over and over, or signs people in through the whole application: middleware,
forms and their tokens, sessions, throttles, the record and PostgreSQL. Left out are the socket, the
client, and the two pages that show the forms: what counts is what a sign-in makes the server do.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import django

from infra.bench.signing.browser import Ready


def hash_passwords(seconds: float) -> list[float]:
    """The bare cost: one hash after the other, by the hasher that the product uses."""
    from django.contrib.auth.hashers import check_password, make_password

    encoded = make_password("un mot de passe de mesure")
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        assert check_password("un mot de passe de mesure", encoded)  # noqa: S101  it is measured
        times.append(time.perf_counter() - began)
    return times


def sign_in(job: dict, ready: Ready) -> tuple[list[float], int]:
    """Each person once: password, then the code of this half minute. Times and failures."""
    times, failures = [], 0
    for number, (email, code) in enumerate(job["people"]):
        browser = ready.browser(f"10.{job['number']}.{number // 250}.{number % 250 + 1}")
        began = time.perf_counter()
        browser.post("/connexion/", {"email": email, "password": job["password"]})
        status = browser.post("/connexion/code/", {"code": code})
        times.append(time.perf_counter() - began)
        failures += status != 302
    return times, failures


def main() -> None:
    """Wait for the others, work, and say how long each piece took."""
    job = json.load(sys.stdin)
    django.setup()
    # Both kinds of process load the same, so that their memory can be compared.
    ready = Ready.now()
    hash_passwords(0.2)
    while time.time() < job["starts"]:
        time.sleep(0.001)
    began, cpu = time.perf_counter(), time.process_time()
    failures = 0
    if job["people"]:
        times, failures = sign_in(job, ready)
    else:
        times = hash_passwords(job["seconds"])
    result = {
        "times": times,
        "failures": failures,
        "elapsed": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "pid": os.getpid(),
    }
    Path("/dev/stdout").write_text(json.dumps(result))


if __name__ == "__main__":
    main()
