"""A session remembers which factor was shown, and can say whether that was a moment ago."""

from django.db import migrations, models

from kernel.rls.operations import MaintenanceFunction

SESSION_FRESH = """
CREATE FUNCTION kernel.session_fresh() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    answer boolean;
    hash bytea := sha256(convert_to(nullif(current_setting('app.token', true), ''), 'UTF8'));
BEGIN
    SELECT s.factor_at > clock_timestamp() - interval '5 minutes' INTO answer
      FROM public.kernel_session s JOIN public.kernel_seat k ON k.id = s.seat_id
     WHERE s.token_hash = hash
       AND now() < s.idle_until AND now() < s.expires_at
       AND now() >= k.valid_from AND now() < k.valid_until;
    RETURN coalesce(answer, false);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_seat_by_cell")]

    operations = [
        migrations.AddField("scopesession", "factor", models.TextField(db_default="totp")),
        MaintenanceFunction(
            "kernel.session_fresh()", SESSION_FRESH, execute_by=("rempart_runtime",)
        ),
    ]
