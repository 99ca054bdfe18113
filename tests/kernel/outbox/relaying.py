"""A relay in a process of its own, for tests that kill it: ``python -m`` this, with a folder.

Mails are written as files. A mail takes a moment, so that a kill often falls between a delivery
and the note that it was done.
"""

import sys
import time
from datetime import timedelta

import django
from django.conf import settings
from django.core.mail.backends.filebased import EmailBackend


class SlowBackend(EmailBackend):
    """Writes the mail, then takes its time."""

    def send_messages(self, email_messages):
        """Deliver as files, and wait a little before saying so."""
        done = super().send_messages(email_messages)
        time.sleep(0.01)
        return done


def main() -> None:
    """Deliver without end, with a lease short enough for a test."""
    django.setup()
    from kernel.outbox import relay

    settings.EMAIL_FILE_PATH = sys.argv[1]
    settings.EMAIL_BACKEND = "tests.kernel.outbox.relaying.SlowBackend"
    relay.LEASE = timedelta(seconds=1)
    while True:
        relay.drain()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
