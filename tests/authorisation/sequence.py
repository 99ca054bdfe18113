"""Any sequence of what happens to cases and shares, and the small model that says who sees what.

Cases are begun, shared, accepted, refused, revoked, left to expire, opened in an emergency and
closed; somebody leaves. Answers and endings are given through pages, through the API and by the
services. After each step page, API, list, socket and bare SQL are asked as each of five people.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.urls import reverse
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from websockets.exceptions import ConnectionClosed

from agencies.services.end_membership import end_membership
from kernel.errors import Invalid, WrongState
from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.models import Case
from referrals.models.glass import Emergency
from referrals.models.share import RefusalReason
from referrals.sharing.services import answer, break_glass
from tests.agencies.factories import OPERATOR
from tests.authorisation.scene import a_mark
from tests.referrals.test_expiry import offered_for
from tests.support.database import admin
from tests.support.ear import Ear
from tests.support.searching import database_name
from tests.support.server import Server, wait_for
from tests.support.walls import injected
from tests.support.world import World

C = Compartment
STORY = frozenset({C.FACTS, C.SCHOOL_STEPS})
WORDS = {C.FACTS: "Insultes répétées {mark}", C.SCHOOL_STEPS: "Deux entretiens {mark}"}
PARTNERS = ("gendarme", "police")
FIVE = ("coordinator", "pilot", "other_pilot", *PARTNERS)
WHY = "Appel du 3018 : l'élève est en danger ce soir."
WAYS = ("service", "page", "api")
some_parts = st.sets(st.sampled_from([*STORY, C.IDENTITY_PRESUMED]), min_size=1).map(frozenset)


@dataclass
class Model:
    """What ought to be seen: the whole reference that the platform is compared with."""

    opened: dict[tuple[UUID, str], list[tuple[UUID, frozenset[C]]]] = field(default_factory=dict)
    offered: dict[UUID, tuple[UUID, str, frozenset[C]]] = field(default_factory=dict)
    living: list[UUID] = field(default_factory=list)
    closed: list[UUID] = field(default_factory=list)
    broken: set[UUID] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def sees(self, who: str, case_id: UUID) -> frozenset[C] | None:
        """The parts of the case's story that somebody reads; none when there is no case at all."""
        if who in self.gone or who == "other_pilot":
            return None
        if who in ("coordinator", "pilot"):
            return STORY
        ways = [parts for _share, parts in self.opened.get((case_id, who), [])]
        return frozenset().union(*ways) & STORY if ways else None

    def offered_or_open(self, case_id: UUID, who: str) -> list[frozenset[C]]:
        """What somebody is asked to accept, and what shares have opened to them already."""
        waiting = [
            parts for case, to, parts in self.offered.values() if (case, to) == (case_id, who)
        ]
        ways = self.opened.get((case_id, who), [])
        return waiting + [parts for share, parts in ways if share not in self.broken]

    def end(self, share_id: UUID) -> None:
        """A share that opens nothing any more."""
        for ways in self.opened.values():
            ways[:] = [way for way in ways if way[0] != share_id]


class Sharing(RuleBasedStateMachine):
    """Plays with one cell and compares after each step."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server, self.world, self.mark, self.model = server, World(), a_mark(), Model()
        self.steps = 0
        for who in FIVE:
            assert self.world.everybody()[who].viewer

    @precondition(lambda self: len(self.model.living) < 2)
    @rule()
    def begin(self) -> None:
        self.model.living.append(self.world.activated(mark=self.mark))

    @precondition(lambda self: self.model.living)
    @rule(data=st.data(), who=st.sampled_from(PARTNERS), parts=some_parts, soon=st.booleans())
    def propose(self, data: st.DataObject, who: str, parts: frozenset[C], soon: bool) -> None:
        case_id = data.draw(st.sampled_from(self.model.living))
        if who in self.model.gone:
            return  # nobody is there to answer, so nothing is proposed
        seat = self.world.everybody()[who]
        if parts in self.model.offered_or_open(case_id, who):
            with pytest.raises(Invalid):
                self.world.proposed(case_id, seat, *parts, include_future=soon)
            return
        share_id = self.world.proposed(case_id, seat, *parts, include_future=soon)
        self.model.offered[share_id] = (case_id, who, parts)

    def offers(self) -> list[UUID]:
        """What waits for an answer of somebody who is still there."""
        return [s for s, offer in self.model.offered.items() if offer[1] not in self.model.gone]

    @precondition(lambda self: self.offers())
    @rule(data=st.data(), way=st.sampled_from(WAYS))
    def accept(self, data: st.DataObject, way: str) -> None:
        share_id = data.draw(st.sampled_from(self.offers()))
        case_id, who, parts = self.model.offered.pop(share_id)
        self.act(way, who, "accept", share_id)
        self.model.opened.setdefault((case_id, who), []).append((share_id, parts))

    @precondition(lambda self: self.offers())
    @rule(data=st.data(), way=st.sampled_from(WAYS))
    def refuse(self, data: st.DataObject, way: str) -> None:
        share_id = data.draw(st.sampled_from(self.offers()))
        _case_id, who, _parts = self.model.offered.pop(share_id)
        self.act(way, who, "refuse", share_id, reason=RefusalReason.OUT_OF_AREA)

    @precondition(lambda self: self.running())
    @rule(data=st.data(), way=st.sampled_from(WAYS))
    def revoke(self, data: st.DataObject, way: str) -> None:
        share_id = data.draw(st.sampled_from(self.running()))
        self.act(way, "coordinator", "revoke", share_id)
        self.model.end(share_id)

    def act(self, way: str, who: str, verb: str, share_id: UUID, **more: Any) -> None:
        """Answer or end a share, through a page, the API or the service itself."""
        seat = self.world.everybody()[who]
        if way == "page":
            form = {f"{verb}-{share_id}-{name}": str(value) for name, value in more.items()}
            address = reverse(f"referrals:{verb}_share", args=[share_id])
            assert seat.browser.post(address, form).status_code == 302
        elif way == "api":
            body = {name: str(value) for name, value in more.items()}
            address = f"/api/v1/shares/{share_id}/{verb}/"
            answered = seat.browser.post(address, body, content_type="application/json")
            assert answered.status_code == 200, answered.content
        else:
            with acting_as(seat.viewer) as viewer:
                getattr(answer, verb)(viewer, share_id, **more)

    def running(self) -> list[UUID]:
        """Shares that are open, and can be ended by whoever gave them."""
        ways = [way for each in self.model.opened.values() for way in each]
        return [share_id for share_id, _parts in ways if share_id not in self.model.broken]

    @precondition(lambda self: self.model.living and "gendarme" not in self.model.gone)
    @rule(data=st.data(), parts=some_parts)
    def let_one_expire(self, data: st.DataObject, parts: frozenset[C]) -> None:
        case_id = data.draw(st.sampled_from(self.model.living))
        if parts in self.model.offered_or_open(case_id, "gendarme"):
            return  # the same is not offered twice
        share_id = offered_for(self.world, case_id, 0.7, *parts)
        with suppress(WrongState), acting_as(self.world.gendarme.viewer) as viewer:
            answer.accept(viewer, share_id)
        wait_for(lambda: _is_over(share_id), within=5, what="the share has ended")

    @precondition(lambda self: self.closable())
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        case_id = data.draw(st.sampled_from(self.closable()))
        self.world.closed(case_id)
        self.model.living.remove(case_id)
        self.model.closed.append(case_id)
        for who in PARTNERS:
            self.model.opened.pop((case_id, who), None)
        for share_id, offer in list(self.model.offered.items()):
            if offer[0] == case_id:
                del self.model.offered[share_id]

    def closable(self) -> list[UUID]:
        """Cases in which no emergency is open: its end is its own affair."""
        urgent = {case for (case, _who), ways in self.model.opened.items() if _any_of(ways, self)}
        return [case_id for case_id in self.model.living if case_id not in urgent]

    @precondition(lambda self: self.in_the_dark() and len(self.model.broken) < 4)
    @rule(data=st.data())
    def break_the_glass(self, data: st.DataObject) -> None:
        case_id = data.draw(st.sampled_from(self.in_the_dark()))
        with acting_as(self.world.coordinator.viewer):
            reference = str(Case.objects.get(pk=case_id).reference)
        with acting_as(self.world.police.viewer) as viewer:
            glass = break_glass.break_glass(
                viewer,
                reference=reference,
                compartments=[C.FACTS],
                emergency=Emergency.DANGER,
                reason=WHY,
            )
        self.model.broken.add(glass.pk)
        way = (glass.pk, frozenset({C.FACTS}))
        self.model.opened.setdefault((case_id, "police"), []).append(way)

    def in_the_dark(self) -> list[UUID]:
        """Cases whose facts the police does not read."""
        read = self.model.sees
        return [c for c in self.model.living if C.FACTS not in (read("police", c) or ())]

    @precondition(lambda self: len(self.model.living) > 1 and not self.model.gone)
    @rule()
    def leave(self) -> None:
        end_membership(OPERATOR, membership_id=self.world.gendarme.person.seat_id)
        self.model.gone.add("gendarme")

    @invariant()
    def everybody_sees_what_the_model_says(self) -> None:
        self.steps += 1
        cases = [*self.model.living, *self.model.closed[-1:]]
        for who in FIVE:
            known = {case_id for case_id in cases if self.model.sees(who, case_id) is not None}
            assert self.by_list(who) & set(cases) == known, ("by_list", who, self.model)
            assert self.by_socket(who, cases) == known, ("by_socket", who, self.model)
            if who in PARTNERS:
                assert self.offered_to(who) == self.waiting_for(who), (who, self.model)
            found = self.by_sql(who, cases)
            for case_id in cases:
                expected = self.model.sees(who, case_id)
                assert found[case_id] == expected, ("by_sql", who, self.model)
                way = self.by_page if (self.steps + cases.index(case_id)) % 2 else self.by_api
                assert way(who, case_id) == expected, (way.__name__, who, self.model)

    def by_list(self, who: str) -> set[UUID]:
        """The cases that somebody's list names."""
        answered = self.world.everybody()[who].browser.get("/api/v1/referrals/")
        if answered.status_code == 401:
            assert who in self.model.gone
            return set()
        return {UUID(row["id"]) for row in answered.json()["results"]}

    def offered_to(self, who: str) -> set[UUID]:
        """The shares that the page of somebody's agency asks to answer."""
        answered = self.world.everybody()[who].browser.get("/api/v1/shares/")
        if answered.status_code == 401:
            assert who in self.model.gone
            return set()
        return {UUID(row["id"]) for row in answered.json()["proposed"]}

    def waiting_for(self, who: str) -> set[UUID]:
        """The same by the model."""
        if who in self.model.gone:
            return set()
        return {share for share, (_case, to, _parts) in self.model.offered.items() if to == who}

    def by_page(self, who: str, case_id: UUID) -> frozenset[C] | None:
        return self._read(who, f"/dossiers/{case_id}/")

    def by_api(self, who: str, case_id: UUID) -> frozenset[C] | None:
        return self._read(who, f"/api/v1/referrals/{case_id}/")

    def _read(self, who: str, address: str) -> frozenset[C] | None:
        answered = self.world.everybody()[who].browser.get(address)
        if answered.status_code != 200:
            gone = who in self.model.gone
            assert answered.status_code in ((302, 401) if gone else (404,)), answered
            assert self.mark not in answered.content.decode()
            return None
        text = answered.content.decode()
        if address.startswith("/api"):
            text = str(answered.json())
        return frozenset(part for part in STORY if WORDS[part].format(mark=self.mark) in text)

    def by_sql(self, who: str, cases: list[UUID]) -> dict[UUID, frozenset[C] | None]:
        """The parts of each case that bare SQL finds in somebody's session."""
        with injected(self.world.everybody()[who]) as connection:
            known = connection.execute(
                "SELECT id FROM referrals_case WHERE id = ANY (%s)", [cases]
            ).fetchall()
            rows = connection.execute(
                "SELECT case_id, bit FROM referrals_compartment WHERE case_id = ANY (%s)", [cases]
            ).fetchall()
        return {
            case_id: frozenset(part for part in STORY if (case_id, part.bit) in rows)
            if (case_id,) in known
            else None
            for case_id in cases
        }

    def by_socket(self, who: str, cases: list[UUID]) -> set[UUID]:
        """The cases whose rooms let this person in."""
        if not cases:
            return set()
        cookie = self.world.everybody()[who].browser.cookies[settings.SESSION_COOKIE_NAME].value
        ear, told = Ear(self.server, cookie), {}
        try:
            with suppress(ConnectionClosed):
                for case_id in cases:
                    ear.say(type="watch", room=f"case:{case_id}", last_seq=0)
                while len(told) < len(cases) and ear.closed_with is None:
                    frame = ear.until(
                        lambda f: f["type"] in ("caught_up", "refused") or ear.closed_with
                    )
                    told[UUID(frame["room"].partition(":")[2])] = frame["type"] == "caught_up"
        except AssertionError:
            assert ear.closed_with is not None, "the socket answers or is closed"
        finally:
            ear.close()
        return {case_id for case_id, heard in told.items() if heard}


def _any_of(ways: list[tuple[UUID, frozenset[C]]], machine: Sharing) -> bool:
    return any(share_id in machine.model.broken for share_id, _parts in ways)


def _is_over(share_id: UUID) -> bool:
    with admin(database_name()) as connection:
        row = connection.execute(
            "SELECT expires_at < clock_timestamp() FROM referrals_share WHERE id = %s", [share_id]
        ).fetchone()
    return bool(row and row[0])
