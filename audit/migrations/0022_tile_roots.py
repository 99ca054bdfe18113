"""Beside each full tile stands the root over its hashes, one hash of the level above.

A proof needs the root of every tile that the level above has no full tile for: up to 255 of them,
which were computed anew from two megabytes each time.
"""

from django.db import migrations

# The tiles that are there already cannot be changed, so theirs are computed as the column is made.
ROOTS = """
CREATE FUNCTION audit.root_of(hashes bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WHILE octet_length(hashes) > 32 LOOP
        hashes := (SELECT string_agg(sha256('\\x01'::bytea || substring(hashes FROM at FOR 64)),
                                     ''::bytea ORDER BY at)
                     FROM generate_series(1, octet_length(hashes), 64) at);
    END LOOP;
    RETURN hashes;
END $$;
ALTER TABLE audit_tile ADD COLUMN root bytea GENERATED ALWAYS AS (audit.root_of(hashes)) STORED;
ALTER TABLE audit_tile ALTER root DROP EXPRESSION, ALTER root SET NOT NULL,
    ADD CHECK (octet_length(root) = 32);
DROP FUNCTION audit.root_of(bytea);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0021_measured_or_not")]

    operations = [
        migrations.RunSQL(ROOTS, "ALTER TABLE audit_tile DROP COLUMN root;"),
    ]
