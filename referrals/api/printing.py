"""How a case is printed as JSON: the opened case file, field by field."""

from typing import Any

from referrals.casefile.places import place_text
from referrals.casefile.selectors import CaseFile, knows_only_of
from referrals.compartments import Compartment, compartments_in
from referrals.documents.selectors import DocumentLine
from referrals.exporting.selectors import ExportLine
from referrals.models import Case, Feedback, Measure, Share
from referrals.partners import Contact
from referrals.searching.search import Found
from referrals.sharing.audience import Audience
from referrals.sharing.explaining import Explanation, Verdict
from referrals.sharing.received import Received
from referrals.sharing.requests import RequestLine
from referrals.sharing.sight import Way


def stub(case: Case) -> dict[str, Any]:
    """A case that its reader merely knows of."""
    return {"id": str(case.pk), "reference": case.reference, "level": "stub"}


def header(case: Case) -> dict[str, Any]:
    """The thin header: no name, no fact."""
    if knows_only_of(case):
        return stub(case)
    return {
        "id": str(case.pk),
        "reference": case.reference,
        "state": case.state,
        "urgency": case.urgency,
        "gravity": case.gravity,
        "danger": case.danger,
        "outcome": case.outcome,
        "school": {
            "uai": case.school_uai,
            "name": case.school_name,
            "type": case.school_type,
            "commune": case.school_commune,
        },
        "orders": {
            "acts_frozen": case.acts_frozen_at is not None,
            "interviews_paused": case.interviews_paused_at is not None,
        },
        "submitted_at": case.submitted_at,
        "version": case.version,
    }


def found(answer: Found) -> dict[str, Any]:
    """What a search found so far: headers, and the parts that hold the words."""
    return {
        "results": [
            header(result.case) | {"found_in": list(result.parts)} for result in answer.results
        ],
        "count": answer.count,
        "progress": {"read": answer.read, "of": answer.of},
        "next": answer.next or None,
    }


def contacts(people: list[Contact]) -> list[dict[str, str]]:
    """Whom to call at the coordination."""
    return [{"name": one.name, "agency": one.agency, "phone": one.phone} for one in people]


def case_file(opened: CaseFile) -> dict[str, Any]:
    """Everything of the case that its reader may see, names left to the reveal."""
    if opened.is_stub:
        return stub(opened.case) | {
            "shares": [share(row) for row in opened.shares],
            "requests": [request(line) for line in opened.requests],
        }
    return header(opened.case) | {
        "compartments": [compartment.code for compartment in opened.compartments],
        "closed_compartments": _closed(opened),
        "parties": [
            {"id": str(party.id), "role": party.role, "label": party.label}
            for party in opened.parties
        ],
        "contents": opened.contents,
        "measures": [measure(row) | {"note": note} for row, note in opened.measures],
        "feedbacks": [feedback(row) for row in opened.feedbacks],
        "shares": [share(row) for row in opened.shares],
        "requests": [request(line) for line in opened.requests],
        "documents": [document(line) for line in opened.documents],
        "timeline": [
            {
                "kind": line.kind,
                "at": line.created_at,
                "detail": line.detail,
                "by_agency": line.by_agency,
            }
            for line in opened.milestones
        ],
    }


def _closed(opened: CaseFile) -> list[str] | None:
    """The parts that the prosecutor closed, for those who work in the cell's own part."""
    if Compartment.CELL not in opened.compartments:
        return None
    return [part.code for part in compartments_in(opened.case.closed_scope)]


def document(line: DocumentLine) -> dict[str, Any]:
    """A document: what it is and where it belongs; its bytes are a call of their own."""
    return {
        "id": str(line.id),
        "part": line.part.code,
        "nature": line.nature,
        "name": line.about.name,
        "media_type": line.kind.media,
        "size": line.size,
        "sha256": line.about.sha256,
        "source": line.about.source,
        "captured_on": line.about.captured_on,
        "state": line.state,
        "added_at": line.added_at,
        "by_agency": line.owner_name,
        "copy_of": str(line.copy_of) if line.copy_of and line.editable else None,
    }


def measure(row: Measure) -> dict[str, Any]:
    """A measure without its note, which is sealed."""
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "owner": row.owner_name,
        "due_on": row.due_on,
        "state": row.state,
    }


def feedback(row: Feedback) -> dict[str, Any]:
    """What the school reads."""
    return {
        "id": str(row.pk),
        "code": row.code,
        "contact": row.contact_name,
        "next_check_on": row.next_check_on,
        "sent_at": row.created_at,
    }


def share(row: Share) -> dict[str, Any]:
    """A share as either side sees it."""
    return {
        "id": str(row.pk),
        "referral": str(row.case_id),
        "to": row.to_agency_name,
        "purpose": row.purpose,
        "legal_basis": row.legal_basis,
        "compartments": [compartment.code for compartment in compartments_in(row.scope)],
        "level": row.level,
        "include_future": row.include_future,
        "expires_at": row.expires_at,
        "state": row.state,
        "refusal_reason": row.refusal_reason,
        "version": row.version,
    }


def audience(found: Audience) -> dict[str, Any]:
    """Who sees a case; ``whole`` is false when only the caller's own agency is told of."""
    return {
        "referral": str(found.case.pk),
        "whole": found.whole,
        "readers": [
            {
                "seat": str(reader.seat.seat_id),
                "name": reader.seat.display_name,
                "agency": reader.seat.agency_name,
                "compartments": [part.code for part in compartments_in(reader.scope)],
                "ways": [way(each) for each in reader.ways],
            }
            for reader in found.readers
        ],
    }


def way(found: Way) -> dict[str, Any]:
    """By what right, to what, until when."""
    return {
        "rule": found.rule,
        "share": str(found.share_id) if found.share_id else None,
        "compartments": [part.code for part in compartments_in(found.scope)],
        "level": found.level,
        "until": found.valid_until,
        "items_until": found.items_until,
    }


def received(found: Received) -> dict[str, Any]:
    """What came to an agency through the cell."""
    return {
        "shares": [
            share(line.share)
            | {
                "reference": line.reference,
                "open": line.running,
                "elements": line.elements,
                "accepted_at": line.share.decided_at,
                "ended_at": line.share.ended_at,
            }
            for line in [*found.running, *found.ended]
        ],
        "measures": [
            measure(row) | {"referral": str(row.case_id), "reference": reference}
            for row, reference in found.measures
        ],
        "cases": found.cases,
        "next": place_text(found.next_before) or None,
    }


def explanation(found: Explanation) -> dict[str, Any]:
    """Why a seat sees what it sees, rule by rule."""
    return {
        "referral": str(found.case_id),
        "seat": str(found.seat.seat_id),
        "case": verdict(found.header),
        "compartments": {part.code: verdict(each) for part, each in found.parts},
        "missing": [
            {"kind": kind, "compartment": part.code} | verdict(each)
            for kind, part, each in found.missing
        ],
        "acts": {act.code: {"allowed": act.allowed, "rule": act.rule} for act in found.acts},
    }


def verdict(found: Verdict) -> dict[str, Any]:
    """Allowed or not, by which rule, until or since when."""
    return {
        "allowed": found.allowed,
        "rule": found.rule,
        "until": found.until,
        "share": str(found.share_id) if found.share_id else None,
    }


def request(line: RequestLine) -> dict[str, Any]:
    """What a partner asked and what was said to it, for either side."""
    row = line.row
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "agency": row.agency_name,
        "compartments": [part.code for part in line.parts],
        "purpose": row.purpose,
        "question": line.question,
        "state": "lapsed" if row.state == "open" and not line.is_open else row.state,
        "asked_at": row.asked_at,
        "lapses_at": row.lapses_at,
        "answers": [
            {
                "compartment": answer.part.code,
                "granted": answer.granted,
                "words": answer.words,
                "refusal": str(answer.refusal) if answer.refusal else "",
            }
            for answer in line.answers
        ],
        "share": str(row.share_id) if row.share_id else None,
        "version": row.version,
    }


def export(line: ExportLine) -> dict[str, Any]:
    """An export of one's own; its bytes are a call of their own."""
    row = line.export
    return {
        "id": str(row.pk),
        "referral": str(row.case_id),
        "receipt": row.receipt,
        "form": row.form,
        "purpose": row.purpose,
        "recipient": row.recipient_name or None,
        "state": row.state,
        "progress": row.progress,
        "failure": row.failure or None,
        "size": row.size or None,
        "sha256": row.sha256 or None,
        "asked_at": row.asked_at,
        "expires_at": row.expires_at,
    }
