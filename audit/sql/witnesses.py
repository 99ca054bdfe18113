"""Agencies' own witness keys, and what they have signed: added, never changed, never removed."""

from audit.sql.telling import DEFINER

TABLES = """
CREATE TABLE audit_witness (
    id uuid PRIMARY KEY,
    cell_id int NOT NULL CHECK (cell_id > 0),
    agency_id uuid NOT NULL,
    name text NOT NULL CHECK (name ~ '^[!-*,-~]{1,100}$'),
    public bytea NOT NULL CHECK (octet_length(public) = 32),
    added_by uuid NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    withdrawn_at timestamptz,
    -- One key is one witness, for good: what is signed does not name who has signed.
    UNIQUE (cell_id, public),
    UNIQUE (cell_id, name)
);
CREATE TABLE audit_cosignature (
    cell_id int NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    witness uuid NOT NULL REFERENCES audit_witness,
    at timestamptz NOT NULL,
    line text NOT NULL CHECK (octet_length(line) <= 400),
    PRIMARY KEY (cell_id, size, witness)
);
CREATE INDEX audit_cosignature_newest ON audit_cosignature (witness, size);
SELECT audit.guard('audit_cosignature');
GRANT SELECT, UPDATE ON audit_witness TO rempart_maintenance;
GRANT SELECT, INSERT ON audit_cosignature TO rempart_maintenance;
"""

# The row of the witness is held: a key that is withdrawn at the same moment signs nothing more.
# True when it is new, false when it was there, nothing when this agency has no such key in use.
COSIGN = f"""
CREATE FUNCTION audit.cosign(upto bigint, by_witness uuid, said_at timestamptz, signature text)
RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE mine int := kernel.session_cell(); ended timestamptz;
BEGIN
    SELECT w.withdrawn_at INTO ended FROM public.audit_witness w
     WHERE w.id = by_witness AND w.cell_id = mine AND w.agency_id = kernel.session_agency()
       FOR SHARE;
    IF NOT FOUND OR ended IS NOT NULL OR NOT EXISTS (
           SELECT FROM public.audit_checkpoint c WHERE c.cell_id = mine AND c.size = upto) THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.audit_cosignature (cell_id, size, witness, at, line)
    VALUES (mine, upto, by_witness, said_at, signature) ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$
"""
