"""Who gets a socket: our own pages, for people who have shown both factors. Nobody else."""

import os

import pytest
from websockets.exceptions import InvalidStatus

from kernel.live import limits
from tests.kernel.live.conftest import Opens
from tests.support.server import Server
from tests.support.sittings import end_seat, run, sign_out, sit

HOSTILE = [
    None,
    "null",
    "http://evil.example",
    "https://127.0.0.1.evil.example",
    "http://evil.example/127.0.0.1",
    "http://127.0.0.1:1",
    "http://127.0.0.1",
    "http://localhost",
    "ftp://127.0.0.1",
    "http://127.0.0.1:99999",
    "http://[::1",
    "javascript:alert(1)",
    "",
]


@pytest.mark.parametrize("origin", HOSTILE)
def test_a_page_of_somebody_else_is_refused_before_the_handshake(
    page: Opens, origin: str | None
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        page(sit(), origin=origin)
    assert refused.value.response.status_code == 403


def test_an_origin_with_a_user_part_or_a_path_is_refused(page: Opens, server: Server) -> None:
    for trick in (f"http://127.0.0.1:{server.port}@evil.example", f"{server.address}/page"):
        with pytest.raises(InvalidStatus) as refused:
            page(sit(), origin=trick)
        assert refused.value.response.status_code == 403


def test_an_address_that_is_not_ours_does_not_exist(page: Opens) -> None:
    for path in ("?token=abc", "x/", "../"):
        with pytest.raises(InvalidStatus) as refused:
            page(sit(), path=path)
        assert refused.value.response.status_code == 403


def test_without_a_cookie_there_is_only_a_hint_to_sign_in(page: Opens) -> None:
    ear = page(None)
    assert ear.until_closed() == limits.SIGN_IN
    assert ear.frames == []


def test_a_cookie_that_nobody_was_given_opens_nothing(page: Opens) -> None:
    nobody = sit()
    nobody.cookie = os.urandom(16).hex()
    assert page(nobody).until_closed() == limits.SIGN_IN


def test_a_password_without_the_second_factor_opens_nothing(page: Opens) -> None:
    # Only the second factor mints a scope session: before it, the browser has just a cookie.
    person = sit()
    sign_out(person)
    assert page(person).until_closed() == limits.SIGN_IN


def test_an_idle_or_worn_out_session_opens_nothing(page: Opens) -> None:
    for column in ("idle_until", "expires_at"):
        person = sit()
        run(f"UPDATE kernel_session SET {column} = now() WHERE seat_id = %s", person.seat_id)
        assert page(person).until_closed() == limits.SIGN_IN


def test_a_seat_that_has_ended_opens_nothing(page: Opens) -> None:
    person = sit()
    end_seat(person)
    assert page(person).until_closed() == limits.SIGN_IN


def test_a_token_in_another_header_opens_nothing(page: Opens) -> None:
    person = sit()
    for name in ("Authorization", "Sec-WebSocket-Protocol"):
        ear = page(None, headers={name: person.token})
        assert ear.until_closed() == limits.SIGN_IN


def test_a_session_has_a_bounded_number_of_sockets(page: Opens) -> None:
    person = sit()
    for _each in range(limits.SOCKETS_PER_SESSION):
        page(person).watch(person.room)
    assert page(person).until_closed() == limits.TRY_AGAIN_LATER
    another = sit()
    assert page(another).watch(another.room) == 0
