"""Who is told of something is looked up within one cell."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_sessions")]

    operations = [
        migrations.AddIndex(
            model_name="seat", index=models.Index(fields=["cell_id"], name="kernel_seat_cell")
        )
    ]
