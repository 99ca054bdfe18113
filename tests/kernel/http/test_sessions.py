"""A session under another key: one statement, and the old key opens nothing."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connections

from kernel.http.sessions import SessionStore, stored_key

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def session():
    """A session that is kept, opened by its key as a request would."""
    made = SessionStore()
    made["word"] = "kept"
    made.save()
    return SessionStore(made.session_key)


def is_kept(key):
    return Session.objects.using("signin").filter(pk=stored_key(key)).exists()


def test_what_was_kept_moves_to_the_new_key(session):
    old = session.session_key
    session.cycle_key()
    assert session.session_key != old
    session.save()
    assert not is_kept(old)
    assert SessionStore(session.session_key)["word"] == "kept"


def test_whoever_starts_over_carries_nothing_along(session):
    old = session.session_key
    assert session["word"] == "kept"
    session.start_over()
    session["other"] = "new"
    session.save()
    assert not is_kept(old)
    assert dict(SessionStore(session.session_key).items()) == {"other": "new"}


def test_moving_twice_ends_the_first_key(session):
    first = session.session_key
    session.cycle_key()
    between = session.session_key
    session.start_over()
    session.save()
    assert [is_kept(key) for key in (first, between)] == [False, False]
    assert is_kept(session.session_key)


def test_a_session_that_moves_and_ends_leaves_nothing(session):
    old = session.session_key
    session.cycle_key()
    session.flush()
    assert not is_kept(old)
    assert session.session_key is None


def test_a_key_that_nobody_was_given_is_not_taken_over():
    planted = SessionStore("x" * 32)
    planted.cycle_key()
    planted.save()
    assert planted.session_key != "x" * 32
    assert not is_kept("x" * 32)


def test_a_session_that_has_ended_meanwhile_is_not_made_again(session):
    session["word"] = "changed"
    Session.objects.using("signin").filter(pk=stored_key(session.session_key)).delete()
    with pytest.raises(UpdateError):
        session.save()


def test_moving_is_one_statement(session):
    sent = []

    def counting(execute, sql, parameters, many, context):
        sent.append(sql)
        return execute(sql, parameters, many, context)

    with connections["signin"].execute_wrapper(counting):
        session.cycle_key()
        session["more"] = "words"
        session.save()
    assert len(sent) == 2, sent
