"""The record is kept for six months at least: no cell sets less."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agencies", "0016_witness")]

    operations = [
        migrations.RemoveConstraint(model_name="cellpolicy", name="agencies_policy_log_months"),
        migrations.AddConstraint(
            model_name="cellpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(log_months__range=(6, 36)),
                name="agencies_policy_log_months",
                violation_error_message="Une durée de conservation dépasse ce que le droit permet.",
            ),
        ),
    ]
