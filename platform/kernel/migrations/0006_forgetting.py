"""What has served its purpose is forgotten, after a time that stands in the database itself.

Live events are for catching up within a session of at most eight hours; keys of answered requests
are for repeating one; delivered effects are kept for a month, to answer "was I told?".
"""

from django.db import migrations, models

from kernel.rls.operations import MaintenanceFunction

FORGET = """
CREATE FUNCTION kernel.forget(at_most int) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE gone int; total int := 0;
BEGIN
    DELETE FROM public.kernel_live_event WHERE id IN (
        SELECT e.id FROM public.kernel_live_event e
         WHERE e.at < now() - interval '1 day' ORDER BY e.at LIMIT at_most);
    GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
    DELETE FROM public.kernel_sent_once WHERE id IN (
        SELECT s.id FROM public.kernel_sent_once s
         WHERE s.created_at < now() - interval '2 days' ORDER BY s.created_at LIMIT at_most);
    GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
    DELETE FROM public.kernel_outbox WHERE id IN (
        SELECT o.id FROM public.kernel_outbox o
         WHERE o.done_at < now() - interval '30 days' ORDER BY o.done_at LIMIT at_most);
    GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
    RETURN total;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0005_session_life")]

    operations = [
        migrations.AddIndex("liveevent", models.Index(fields=["at"], name="kernel_live_event_old")),
        migrations.AddIndex(
            "sentonce", models.Index(fields=["created_at"], name="kernel_sent_once_old")
        ),
        migrations.AddIndex(
            "outboxitem",
            models.Index(
                fields=["done_at"],
                condition=models.Q(done_at__isnull=False),
                name="kernel_outbox_done",
            ),
        ),
        migrations.RunSQL(
            "GRANT SELECT, DELETE ON kernel_sent_once, kernel_outbox TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction("kernel.forget(int)", FORGET, execute_by=("rempart_worker",)),
    ]
