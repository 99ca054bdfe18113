"""People at work, in a process of their own: `python -m infra.bench.load.users < job > result`.

Each has one connection and asks for the next page when the last one has come and they have read it:
a closed loop. Reading takes a random time around ``think`` seconds; 0 asks without pause.
"""

import asyncio
import json
import random
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from infra.bench.load.browser import Browser

WHOLE = b"</html>"


@dataclass
class Result:
    """Seconds of every page that came back whole, by kind; everything else is a failure."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"list": [], "detail": []})
    failures: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    elapsed: float = 0.0
    own_cpu: float = 0.0


async def _work(user: dict[str, Any], job: dict[str, Any], result: Result, seed: int) -> None:
    chance = random.Random(seed)
    browser = Browser(job["port"], user["cookie"])
    think = float(job["think"])
    end = time.perf_counter() + job["seconds"]
    await asyncio.sleep(chance.random() * (2 * think or 0.05))
    kinds = ["list", "detail"] if seed % 2 else ["detail", "list"]
    turn = 0
    while time.perf_counter() < end:
        kind = kinds[turn % 2]
        turn += 1
        path = user["list"] if kind == "list" else chance.choice(user["details"])
        answer = await browser.get(path)
        if answer.status == 200 and WHOLE in answer.body[-200:]:
            result.seconds[kind].append(answer.seconds)
            result.bytes += len(answer.body)
        else:
            result.failures[f"{kind} {answer.status}"] += 1
        if think:
            await asyncio.sleep(min(chance.expovariate(1 / think), 5 * think))
    browser.close()


async def _all(job: dict[str, Any]) -> Result:
    result = Result()
    began = time.perf_counter()
    await asyncio.gather(
        *(
            _work(user, job, result, job["seed"] + number)
            for number, user in enumerate(job["users"])
        )
    )
    result.elapsed = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    result.own_cpu = used.ru_utime + used.ru_stime
    return result


if __name__ == "__main__":
    json.dump(vars(asyncio.run(_all(json.load(sys.stdin)))), sys.stdout)
