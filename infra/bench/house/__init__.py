"""Django on a filled database, as the role that is being measured."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.apps import apps
from django.db import connections

SETTINGS = "infra.bench.house.settings"
PAGES = ("default", "side")


@contextmanager
def standing_on(database: str, *, user: str, password: str) -> Iterator[None]:
    """Point this process's connections at a database; those of pages as ``user``.

    The product's own code can be imported inside the block, and not before.
    """
    os.environ["REMPART_BENCH_DB"] = database
    if not apps.ready:
        os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
        django.setup()
    connections.close_all()
    before = {alias: dict(settings) for alias, settings in connections.settings.items()}
    try:
        for alias, settings in connections.settings.items():
            settings["NAME"] = database
            if alias in PAGES:
                settings |= {"USER": user, "PASSWORD": password}
        yield
    finally:
        connections.close_all()
        for alias, settings in before.items():
            connections.settings[alias].update(settings)
