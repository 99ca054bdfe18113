"""What was concluded about a finding: once, with a fresh factor, never by who is concerned."""

TABLE = """
CREATE TABLE audit_review (
    id uuid PRIMARY KEY,
    cell_id int NOT NULL,
    rule text NOT NULL CHECK (rule ~ '^[a-z_]{1,40}$'),
    about uuid NOT NULL,
    day date NOT NULL,
    concerned uuid,
    conclusion text NOT NULL
        CHECK (conclusion IN ('justified', 'explained', 'to_follow', 'breach')),
    by_account uuid NOT NULL,
    by_seat uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    CHECK (concerned IS DISTINCT FROM by_account),
    UNIQUE (cell_id, rule, about, day)
);
"""
WRITTEN = (
    *("id", "cell_id", "rule", "about", "day", "concerned", "conclusion", "by_account", "by_seat"),
)
"""Never the moment: the database sets it."""
IN_OWN_NAME = (
    "by_account = (SELECT kernel.session_account()) AND by_seat = (SELECT kernel.session_seat())"
    " AND (SELECT kernel.session_fresh())"
)
