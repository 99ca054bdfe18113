"""How many refusals of one session are written down in an hour, of those that cost nothing to cause.

A page on another site and a broken program can have forms and sockets refused without end. The
record says that it happened, and is not filled by it.
"""

from django.db import migrations, models

from kernel.rls.operations import MaintenanceFunction

MOST = 20
HOUR = "interval '1 hour'"

NOTE_REFUSAL = f"""
CREATE FUNCTION kernel.note_refusal(shown text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.kernel_session s
       SET noted = CASE WHEN s.noted_since > now() - {HOUR} THEN s.noted + 1 ELSE 1 END,
           noted_since = CASE WHEN s.noted_since > now() - {HOUR} THEN s.noted_since ELSE now() END
     WHERE s.token_hash = sha256(convert_to(nullif(shown, ''), 'UTF8'))
       AND now() < s.idle_until AND now() < s.expires_at
       AND (s.noted < {MOST} OR s.noted_since <= now() - {HOUR});
    RETURN FOUND;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0007_ended_seats")]

    operations = [
        migrations.AddField("scopesession", "noted", models.SmallIntegerField(db_default=0)),
        migrations.AddField("scopesession", "noted_since", models.DateTimeField(null=True)),
        MaintenanceFunction(
            "kernel.note_refusal(text)", NOTE_REFUSAL, execute_by=("rempart_runtime",)
        ),
    ]
