"""Filters that an auditor keeps under a name of their own. The name is never in the record."""

TABLE = """
CREATE TABLE audit_view (
    id uuid PRIMARY KEY,
    cell_id int NOT NULL,
    account_id uuid NOT NULL,
    label text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 60),
    query text NOT NULL CHECK (char_length(query) BETWEEN 1 AND 1500),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (cell_id, account_id, label)
);
"""
WRITTEN = ("id", "cell_id", "account_id", "label", "query")
