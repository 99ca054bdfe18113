"""The charter and who signed which version of it; what is tied to a session follows its key."""

from django.db import migrations

FOLLOWS = """
ALTER TABLE agencies_provider_session DROP CONSTRAINT agencies_provider_session_ends_with_it;
ALTER TABLE agencies_provider_session ADD CONSTRAINT agencies_provider_session_ends_with_it
    FOREIGN KEY (token_hash) REFERENCES kernel_session (token_hash)
    ON UPDATE CASCADE ON DELETE CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("agencies", "0006_oidc"), ("kernel", "0005_session_life")]

    operations = [migrations.RunSQL(FOLLOWS, migrations.RunSQL.noop)]
