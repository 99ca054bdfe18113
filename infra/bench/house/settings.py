"""The demo's settings on a filled database, with the role that serves pages named from outside."""

import os

from config.settings.databases import databases
from config.settings.demo import *  # noqa: F403  settings modules extend one another

DATABASES = databases(
    name=os.environ["REMPART_BENCH_DB"], pooled=bool(os.environ.get("REMPART_BENCH_POOLED"))
)
if os.environ.get("REMPART_BENCH_USER"):
    for _alias in ("default", "side"):
        DATABASES[_alias] |= {
            "USER": os.environ["REMPART_BENCH_USER"],
            "PASSWORD": os.environ["REMPART_BENCH_PASSWORD"],
        }
