"""One process at work: `python -m infra.bench.signing.worker < job > result`.

Hashes a password over and over, or signs people in through the whole application: middleware,
forms, templates, sessions, throttles, the record and PostgreSQL; only the socket is left out.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import django


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


def sign_in(job: dict) -> tuple[list[float], int]:
    """Each person once: password, then the code of this half minute. Times and failures."""
    from django.test import Client

    times, failures = [], 0
    for number, (email, code) in enumerate(job["people"]):
        place = f"10.{job['number']}.{number // 250}.{number % 250 + 1}"
        browser = Client(REMOTE_ADDR=place, HTTP_HOST="localhost")
        began = time.perf_counter()
        browser.post("/connexion/", {"email": email, "password": job["password"]})
        answer = browser.post("/connexion/code/", {"code": code})
        times.append(time.perf_counter() - began)
        failures += answer.status_code != 302
    return times, failures


def main() -> None:
    """Wait for the others, work, and say how long each piece took."""
    job = json.load(sys.stdin)
    django.setup()
    warm_up(job)
    while time.time() < job["starts"]:
        time.sleep(0.001)
    began, cpu = time.perf_counter(), time.process_time()
    failures = 0
    if job["people"]:
        times, failures = sign_in(job)
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


def warm_up(job: dict) -> None:
    """Load what the first request loads."""
    from django.test import Client

    hash_passwords(0.2)
    if job["people"]:
        Client(HTTP_HOST="localhost").get("/connexion/")


if __name__ == "__main__":
    main()
