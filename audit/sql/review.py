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

# Whatever a caller says of who is concerned: nobody concludes about themselves or their agency.
NOT_ABOUT_ONESELF = """
ALTER TABLE audit_review ADD CONSTRAINT audit_review_not_about_oneself CHECK (about <> by_account);
"""
NOT_OF_OWN_AGENCY = "about IS DISTINCT FROM (SELECT kernel.session_agency())"

# A conclusion holds for as much as was found when it was drawn; more of it waits for another one.
AS_MUCH = """
ALTER TABLE audit_review
    ADD COLUMN n int NOT NULL DEFAULT 0 CHECK (n >= 0),
    DROP CONSTRAINT audit_review_cell_id_rule_about_day_key,
    ADD UNIQUE (cell_id, rule, about, day, n);
ALTER TABLE audit_review ALTER COLUMN n DROP DEFAULT;
GRANT INSERT (n) ON audit_review TO rempart_runtime;
"""
