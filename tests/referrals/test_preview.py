"""The preview of a share is what its agency then receives, byte for byte: page and API."""

import json
import random
import re
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse

from kernel.errors import Invalid, NotAllowed, NotFound
from kernel.scope import acting_as
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import SHAREABLE_BY_COORDINATION, Compartment, compartments_in
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.models import Share
from referrals.models.access import Level
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.preview import preview_of_draft
from referrals.sharing.services import answer
from referrals.sharing.services.answer_request import Verdict, answer_request
from referrals.sharing.services.ask import ask_access, ask_information
from tests.agencies.factories import a_person
from tests.referrals.documents.test_copies import copied
from tests.referrals.test_who_sees import check_against_engine
from tests.support.documents import a_document, a_pdf
from tests.support.world import Seated, World, browser_of, in_days

pytestmark = pytest.mark.database

C = Compartment
HIDDEN = re.compile(
    r'<input type="hidden" name="(csrfmiddlewaretoken|_key|_seat)" value="\w[^"]*">'
    r"|<span hidden data-live-ring[^>]*></span>"
)
"""What a form carries for its own protection, and where the page listens: not what is said."""
SHOWN = re.compile(r'<div class="preview-page flow">(.*)</div></fieldset>', re.DOTALL)
ROOM = re.compile(r'<div class="live flow" id="case"[^>]*>(.*)</div>\s*</main>', re.DOTALL)


def previewed(response: HttpResponse) -> str:
    return inside(SHOWN, response)


def received(response: HttpResponse) -> str:
    return inside(ROOM, response)


def inside(part: re.Pattern[str], response: HttpResponse) -> str:
    assert response.status_code == 200, response.content
    found = part.search(response.content.decode())
    assert found is not None
    return HIDDEN.sub("", found[1]).strip()


def a_case_with_everything(world: World) -> UUID:
    """An activated case with measures in several hands, an answer, and shares with two agencies."""
    case_id = world.activated(mark="SECRET", danger=True)
    world.shared(case_id, world.police, C.SCHOOL_STEPS, include_future=True)
    world.shared(case_id, world.gendarme, C.FEEDBACK)
    with acting_as(world.coordinator.viewer) as viewer:
        for owner in (world.pilot, world.gendarme, world.police):
            add_measure(
                viewer,
                case_id,
                kind=MeasureKind.SUPERVISION,
                owner_accession=owner.accession_id,
                due_on=in_days(7),
                note="SECRET",
            )
        give_feedback(viewer, case_id, code=FeedbackCode.TAKEN)
    what_partners_ask(world, case_id)
    return case_id


def what_partners_ask(world: World, case_id: UUID) -> None:
    """One service waits for an answer, and another has got one."""
    with acting_as(world.police.viewer) as viewer:
        ask_access(viewer, case_id, compartments=[C.FACTS], purpose=Purpose.PROTECTION)
    with acting_as(world.gendarme.viewer) as viewer:
        asked = ask_information(viewer, case_id, compartments=[C.FEEDBACK], question="Quand ?")
    with acting_as(world.coordinator.viewer) as viewer:
        answer_request(viewer, asked.pk, {C.FEEDBACK: Verdict(words="Lundi.")})


SCOPES: list[tuple[str, tuple[Compartment, ...], Level]] = [
    ("gendarme", (C.FACTS,), Level.READ),
    ("gendarme", (C.FACTS, C.IDENTITY_PRESUMED, C.TERRITORIAL), Level.CONTRIBUTE),
    ("police", (C.IDENTITY_WITNESS, C.FEEDBACK), Level.READ),
    ("victim_support", (C.IDENTITY_TARGET, C.VICTIM_SUPPORT), Level.READ),
    ("victim_support", (), Level.STUB),
]


def drawn() -> tuple[str, tuple[Compartment, ...], Level]:
    """One more, another at each run and wider than those above; a failure prints it."""
    offered = [part for part in compartments_in(SHAREABLE_BY_COORDINATION) if part.bit != 1]
    parts = tuple(random.sample(offered, random.randint(4, len(offered))))
    return random.choice(["gendarme", "police"]), parts, random.choice([Level.READ, Level.COMMENT])


@pytest.mark.parametrize("include_future", [False, True])
def test_what_is_previewed_is_what_is_received(world, include_future):
    """Before it is proposed, while it waits for an answer, and while it runs."""
    case_id = a_case_with_everything(world)
    coordinator = world.coordinator.browser
    for who, parts, level in [*SCOPES, drawn()]:
        seat: Seated = world.everybody()[who]
        terms = {
            "to_accession": str(seat.accession_id),
            "purpose": "protection",
            "legal_basis": "protocol",
            "compartments": [part.code for part in parts],
            "level": level.value,
            "include_future": include_future,
        }
        form = {f"share-{name}": value for name, value in terms.items() if value is not False}
        offered = level in (Level.READ, Level.CONTRIBUTE)
        before = (
            coordinator.post(f"/dossiers/{case_id}/partager/apercu/", form) if offered else None
        )
        draft = sent(coordinator.post, f"/api/v1/referrals/{case_id}/preview/", terms)
        share_id = sent(coordinator.post, f"/api/v1/referrals/{case_id}/shares/", terms)["id"]
        offer_page = coordinator.get(f"/partages/{share_id}/apercu/")
        offer = coordinator.get(f"/api/v1/shares/{share_id}/preview/")
        with acting_as(seat.viewer) as viewer:
            answer.accept(viewer, UUID(share_id))
        page = seat.browser.get(f"/dossiers/{case_id}/")
        call = seat.browser.get(f"/api/v1/referrals/{case_id}/")
        label = (who, [part.code for part in parts], level.name)
        assert previewed(offer_page) == received(page), label
        assert before is None or previewed(before) == received(page), label
        assert offer.content == call.content, label
        assert without_share(draft, draft["shares"][0]["id"]) == without_share(
            call.json(), share_id
        ), label
        running = coordinator.get(f"/partages/{share_id}/apercu/")
        assert previewed(running) == received(page), label
        assert coordinator.get(f"/api/v1/shares/{share_id}/preview/").content == call.content, label


def test_without_secrecy_it_is_what_the_others_of_the_agency_receive(world):
    """Of one share two people of the agency see two things, and each is previewed."""
    case_id = world.activated()
    bound = browser_of(
        a_person(world.coordinator.accession, "cell_coordinator", bound_by_secrecy=True)
    )
    officer = a_person(world.gendarme.accession, "agency_partner", bound_by_secrecy=True)
    terms = {
        "to_accession": str(world.gendarme.accession_id),
        "purpose": "evaluation",
        "legal_basis": "shared_secrecy",
        "compartments": ["health_social"],
        "level": Level.CONTRIBUTE.value,
    }
    share_id = sent(bound.post, f"/api/v1/referrals/{case_id}/shares/", terms)["id"]
    address = f"/partages/{share_id}/apercu/"
    offered = {how: previewed(bound.get(f"{address}?{how}")) for how in HOWS}
    with acting_as(officer.viewer()) as viewer:
        answer.accept(viewer, UUID(share_id))
    for how, browser in zip(HOWS, (browser_of(officer), world.gendarme.browser), strict=True):
        page = received(browser.get(f"/dossiers/{case_id}/"))
        assert offered[how] == page == previewed(bound.get(f"{address}?{how}")), how
        assert ("Ajouter un document" in page) == (not how)


HOWS = ("", "sans-secret=1")


def test_documents_and_copies_are_previewed_as_they_are_received(world):
    """The recipient of a copy sees it in place of the original, in the preview as afterwards."""
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id, content=a_pdf("Nina Alba et Paul Brume"))
    world.shared(case_id, world.gendarme, C.FACTS)
    copied(world.coordinator, document_id, world.gendarme)
    check_against_engine(world, case_id)
    for seat, part, level in [
        (world.gendarme, C.SCHOOL_STEPS, Level.READ),
        (world.police, C.FACTS, Level.CONTRIBUTE),
    ]:
        share_id = world.proposed(case_id, seat, part, level=level)
        page = world.coordinator.browser.get(f"/partages/{share_id}/apercu/")
        call = world.coordinator.browser.get(f"/api/v1/shares/{share_id}/preview/")
        with acting_as(seat.viewer) as viewer:
            answer.accept(viewer, share_id)
        assert previewed(page) == received(seat.browser.get(f"/dossiers/{case_id}/"))
        assert call.content == seat.browser.get(f"/api/v1/referrals/{case_id}/").content
        assert len(call.json()["documents"]) == 1


def sent(post, address: str, body: dict[str, object]) -> dict[str, object]:
    response = post(
        address,
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert response.status_code in (200, 201), response.content
    return response.json()


def without_share(case: dict[str, object], share_id: str) -> dict[str, object]:
    """The case without the number of a share: it has none before it is proposed."""
    return json.loads(json.dumps(case).replace(share_id, "share"))


def test_the_preview_sends_nothing_and_can_be_sent_on(world):
    case_id = world.activated()
    form = {
        "share-to_accession": str(world.gendarme.accession_id),
        "share-purpose": "protection",
        "share-legal_basis": "protocol",
        "share-compartments": ["facts"],
        "share-level": "2",
    }
    address = f"/dossiers/{case_id}/partager/apercu/"
    shown = world.coordinator.browser.post(address, form).content.decode()
    assert "Rien n'est encore envoyé" in shown
    assert "disabled" in shown
    for name, value in form.items():
        assert f'name="{name}" value="{value[0] if isinstance(value, list) else value}"' in shown
    edited = world.coordinator.browser.post(address, form | {"modifier": "1"}).content.decode()
    assert f'name="share-to_accession" value="{world.gendarme.accession_id}"' in edited
    assert "abord ce que le service verra" in edited
    assert f'action="/dossiers/{case_id}/partager/"' in edited
    with acting_as(world.coordinator.viewer):
        assert not Share.objects.filter(case_id=case_id).exists()
    with acting_as(world.gendarme.viewer):
        assert not Share.objects.exists()
    wrong = world.coordinator.browser.post(address, form | {"share-purpose": ""})
    assert wrong.status_code == 422
    proposed = world.coordinator.browser.post(f"/dossiers/{case_id}/partager/", form)
    assert proposed.status_code == 302


def test_what_may_not_be_shared_cannot_be_previewed(world):
    case_id = world.activated()
    terms = {
        "purpose": Purpose.PROTECTION,
        "legal_basis": LegalBasis.PROTOCOL,
    }
    refused = [
        (world.gendarme, (C.JUDICIAL,)),
        (world.victim_support, (C.IDENTITY_PRESUMED,)),
        (world.prefecture, (C.FACTS,)),
        (world.gendarme, ()),
    ]
    for seat, parts in refused:
        with acting_as(world.coordinator.viewer) as viewer, pytest.raises(Invalid):
            preview_of_draft(
                viewer, case_id, to_accession=seat.accession_id, compartments=parts, **terms
            )
    for seat, refusal in [
        (world.prosecutor, NotAllowed),
        (world.pilot, NotAllowed),
        (world.gendarme, NotFound),
    ]:
        with acting_as(seat.viewer) as viewer, pytest.raises(refusal):
            preview_of_draft(
                viewer,
                case_id,
                to_accession=world.police.accession_id,
                compartments=(C.FACTS,),
                **terms,
            )


def test_what_coordination_does_not_see_is_said_to_be_missing(world):
    """A prosecutor's office reads parts that the preview cannot show: it says which."""
    case_id = world.activated()
    share_id = world.proposed(case_id, world.prosecutor, C.TERRITORIAL)
    page = world.coordinator.browser.get(f"/partages/{share_id}/apercu/").content.decode()
    assert "qui manquent ici" in page
    call = world.coordinator.browser.get(f"/api/v1/shares/{share_id}/preview/")
    assert call.headers["X-Preview-Unseen"] == "judicial,law_enforcement"
