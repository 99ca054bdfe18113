"""Django on a filled database, as the role that is being measured."""

import os

import django
from django.apps import apps
from django.db import connections

SETTINGS = "infra.bench.house.settings"
PAGES = ("default", "side")


def stand_on(database: str, *, user: str, password: str) -> None:
    """Point this process's connections at a database; pages' own connections as ``user``."""
    os.environ["REMPART_BENCH_DB"] = database
    if not apps.ready:
        os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
        django.setup()
    connections.close_all()
    for alias, settings in connections.settings.items():
        settings["NAME"] = database
        if alias in PAGES:
            settings |= {"USER": user, "PASSWORD": password}


def step_off() -> None:
    """Close this process's connections, so that nobody holds the database."""
    connections.close_all()
