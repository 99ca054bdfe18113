"""The truth about what partners ask of the cell."""

from tests.authorisation.rows import (
    COORDINATION,
    GENDARMERIE,
    Operation,
    act,
    as_read,
    call,
    fields,
    page,
)

PAGES: tuple[Operation, ...] = (
    act(
        "referrals:ask_access",
        GENDARMERIE,
        "activated",
        body=fields(
            **{
                "ask_access-compartments": ["school_steps"],
                "ask_access-purpose": "protection",
                "ask_access-level": "2",
            }
        ),
    ),
    act(
        "referrals:ask_information",
        GENDARMERIE,
        "activated",
        body=fields(
            **{
                "ask_information-compartments": ["facts"],
                "ask_information-question": "Où sont les captures ?",
            }
        ),
    ),
    page("referrals:request", COORDINATION, "request"),
    act(
        "referrals:request",
        COORDINATION,
        "request",
        body=fields(
            **{"answer-verdict_school_steps": "too_early", "answer-legal_basis": "protocol"}
        ),
    ),
    act("referrals:withdraw_request", GENDARMERIE, "request"),
)
CALLS: tuple[Operation, ...] = (
    call(
        "referrals-requests",
        GENDARMERIE,
        "activated",
        body=fields(kind="access", compartments=["school_steps"]),
        answers=201,
    ),
    call(
        "requests-answer",
        COORDINATION,
        "request",
        body=as_read(fields(answers=[{"compartment": "school_steps", "refusal": "too_early"}])),
    ),
    call("requests-withdraw", GENDARMERIE, "request"),
)
