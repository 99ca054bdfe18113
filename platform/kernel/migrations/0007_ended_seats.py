"""A seat that ends takes its sessions with it: pages, sockets and tokens alike.

The token of an agency's system is not a person who sits there: it lasts a year at most.
"""

from django.db import migrations, models

from kernel.rls.operations import MaintenanceFunction

# A transaction that began before the end still believes its own clock. Without its session it
# sees nothing more, from its next statement on.
END_SESSIONS = """
CREATE FUNCTION kernel.end_sessions_of_seat() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- A seat that had ended and is given a later end begins without any session of before.
    IF least(OLD.valid_until, NEW.valid_until) <= clock_timestamp() THEN
        DELETE FROM public.kernel_session WHERE seat_id = NEW.id;
    END IF;
    RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0006_forgetting")]

    operations = [
        migrations.RemoveConstraint("scopesession", "kernel_session_idle_half_an_hour"),
        migrations.AddConstraint(
            "scopesession",
            models.CheckConstraint(
                condition=models.Q(channel="token")
                | models.Q(idle_seconds__gte=1, idle_seconds__lte=1800),
                name="kernel_session_idle_half_an_hour",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE kernel_session DROP CONSTRAINT kernel_session_eight_hours;"
            "ALTER TABLE kernel_session ADD CONSTRAINT kernel_session_eight_hours"
            " CHECK (expires_at <= created_at + CASE channel WHEN 'token'"
            " THEN interval '366 days' ELSE interval '8 hours' END);",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction("kernel.end_sessions_of_seat()", END_SESSIONS),
        migrations.RunSQL(
            "CREATE TRIGGER end_sessions AFTER UPDATE OF valid_until ON kernel_seat FOR EACH ROW"
            " EXECUTE FUNCTION kernel.end_sessions_of_seat()",
            "DROP TRIGGER end_sessions ON kernel_seat",
        ),
    ]
