"""Agencies' own witness keys, and what they have signed: added, never changed, never removed."""

from audit.sql.telling import DEFINER, LEADS

ASTRAY_MINUTES = 10
"""How far the clock of a witness may be off."""

MOST_LINES = 20
"""Lines of one witness at one checkpoint that say a time within the same day."""

MOST_A_DAY = 2000
"""Lines of one witness that are taken within a day, at whatever checkpoint: over one a minute."""

TOO_MANY = "54000"

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

# What lies there takes no other line's place: whether the key has signed it, whoever reads it asks.
BESIDE = """
ALTER TABLE audit_cosignature DROP CONSTRAINT audit_cosignature_pkey,
    ADD PRIMARY KEY (cell_id, size, witness, line);
"""

# Which line a verification has found to be signed: whoever reads later begins behind none of those
# that an injection has left since. It counts as far as the key has signed it, like any other.
CHECKED = """
CREATE TABLE audit_cosigned (
    cell_id int NOT NULL,
    size bigint NOT NULL,
    witness uuid NOT NULL,
    line text NOT NULL,
    PRIMARY KEY (cell_id, size, witness, line)
);
SELECT audit.guard('audit_cosigned');
"""

# The newest of one witness of a cell comes first, and a page begins where the one before has ended.
IN_ORDER = """
DROP INDEX audit_cosignature_newest;
CREATE INDEX audit_cosignature_in_order ON audit_cosignature (cell_id, witness, size DESC, line);
"""
OF_A_WITNESS = """
DROP INDEX audit_cosignature_in_order;
CREATE INDEX audit_cosignature_newest ON audit_cosignature (witness, size);
"""

# When a line was handed in. Of those that were there before nobody knows.
HANDED_IN = """
ALTER TABLE audit_cosignature ADD COLUMN handed_in_at timestamptz;
ALTER TABLE audit_cosignature ALTER COLUMN handed_in_at SET DEFAULT clock_timestamp();
CREATE INDEX audit_cosignature_handed_in ON audit_cosignature (witness, handed_in_at);
"""

# Who answers for an agency hands in what its key has signed, and so does its system with a token.
MAY_HAND_IN = " OR ".join(
    (
        *(f"kernel.session_has('{role}')" for role in LEADS),
        """EXISTS (SELECT FROM public.kernel_session s
                WHERE s.token_hash = sha256(convert_to(current_setting('app.token', true), 'UTF8'))
                  AND s.channel = 'token')""",
    )
)

# The row of the witness is held: a key that is withdrawn at the same moment signs nothing more.
# True when it is new, false when it was there, nothing when this agency has no such key in use.
# What no key can have signed is refused: the line says the name, the key and the time of the row.
# So are more lines than anybody has a use for: a verification tries them all, and who finds that
# many made up of today at one checkpoint hands in the real one with a time of tomorrow. Of those
# at all checkpoints together a day has an end too. They come one by one.
COSIGN = f"""
CREATE FUNCTION audit.cosign(upto bigint, by_witness uuid, said_at timestamptz, signature text)
RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE mine int := kernel.session_cell(); w record; signed timestamptz; said bytea;
BEGIN
    IF ({MAY_HAND_IN}) IS NOT TRUE THEN
        RAISE EXCEPTION 'this seat hands no cosignature in'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO w FROM public.audit_witness x
     WHERE x.id = by_witness AND x.cell_id = mine AND x.agency_id = kernel.session_agency()
       FOR NO KEY UPDATE;
    SELECT c.at INTO signed FROM public.audit_checkpoint c
     WHERE c.cell_id = mine AND c.size = upto;
    IF w.id IS NULL OR w.withdrawn_at IS NOT NULL OR signed IS NULL THEN
        RETURN NULL;
    END IF;
    IF signature ~ '^\u2014 [!-*,-~]{{1,100}} [A-Za-z0-9+/]{{102}}==$' THEN
        said := decode(split_part(signature, ' ', 3), 'base64');
    END IF;
    IF said IS NULL OR split_part(signature, ' ', 2) <> w.name
       OR substring(said FOR 4) <> substring(
              sha256(convert_to(w.name, 'UTF8') || '\\x0a04'::bytea || w.public) FOR 4)
       OR ('x' || encode(substring(said FROM 5 FOR 8), 'hex'))::bit(64)::bigint
          <> extract(epoch FROM said_at)
       OR said_at < signed - interval '{ASTRAY_MINUTES} minutes'
       OR said_at > now() + interval '{ASTRAY_MINUTES} minutes' THEN
        RAISE EXCEPTION 'no cosignature of this witness' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT count(*) FROM public.audit_cosignature c
         WHERE c.cell_id = mine AND c.size = upto AND c.witness = by_witness
           AND c.line <> signature AND c.at > said_at - interval '1 day'
           AND c.at < said_at + interval '1 day') >= {MOST_LINES}
       OR (SELECT count(*) FROM public.audit_cosignature c
            WHERE c.witness = by_witness AND c.line <> signature
              AND c.handed_in_at > clock_timestamp() - interval '1 day') >= {MOST_A_DAY} THEN
        RAISE EXCEPTION 'too many lines of this witness' USING ERRCODE = '{TOO_MANY}';
    END IF;
    INSERT INTO public.audit_cosignature (cell_id, size, witness, at, line)
    VALUES (mine, upto, by_witness, said_at, signature) ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$
"""
