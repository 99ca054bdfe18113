"""The same key gives the same answer: a double click or a retry writes once."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.errors import Conflict, Invalid
from kernel.http import seats
from kernel.viewer import Viewer

FORM_FIELD = "_key"
HEADER = "Idempotency-Key"


def key_of(request: HttpRequest) -> str | None:
    """The key that the client chose, from the header or the form."""
    key = request.headers.get(HEADER) or request.POST.get(FORM_FIELD)
    if not key:
        return None
    if len(key) > 64 or not key.isascii() or not key.isprintable():
        raise Invalid(_("La clé d'envoi n'est pas valable. Rechargez la page."))
    return key


def digest_of(values: Mapping[str, object]) -> bytes:
    """A fingerprint of what was sent, so that one key cannot stand for two different requests.

    Keyed: whoever reads the table cannot try which name was typed.
    """
    ignored = {"csrfmiddlewaretoken", FORM_FIELD, seats.FIELD}
    text = repr(sorted((k, str(v)) for k, v in values.items() if k not in ignored))
    told = text.encode("utf-8", "surrogatepass")
    return salted_hmac("kernel.http.idempotency", told, algorithm="sha256").digest()


def once(
    viewer: Viewer, key: str | None, operation: str, digest: bytes, act: Callable[[], UUID]
) -> UUID:
    """Do the act, or give back the identifier that the same key produced before.

    A second request with the same key waits for the first one's commit. Raises Conflict when the
    key was already used for something else.
    """
    if key is None:
        return act()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_sent_once (cell_id, seat_id, key, operation, body_digest,"
            " created_at) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [viewer.cell_id, viewer.seat_id, key, operation, digest, now()],
        )
        if cursor.rowcount == 1:
            result = act()
            cursor.execute(
                "UPDATE kernel_sent_once SET result_id = %s"
                " WHERE cell_id = %s AND seat_id = %s AND key = %s",
                [result, viewer.cell_id, viewer.seat_id, key],
            )
            return result
        cursor.execute(
            "SELECT operation, body_digest, result_id FROM kernel_sent_once"
            " WHERE cell_id = %s AND seat_id = %s AND key = %s",
            [viewer.cell_id, viewer.seat_id, key],
        )
        before = cursor.fetchone()
    if before is None or before[0] != operation or bytes(before[1]) != digest:
        raise Conflict(
            _("Cette clé d'envoi a déjà servi pour une autre demande. Rechargez la page.")
        )
    return before[2]
