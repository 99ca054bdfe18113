"""Every periodic task is really started by the clock."""

from celery import current_app


def test_every_task_of_ours_is_on_the_schedule():
    from config.celery import app

    app.loader.import_default_modules()
    ours = {
        name
        for name in current_app.tasks
        if name.split(".")[0] in {"kernel", "audit", "agencies", "referrals", "meetings"}
    }
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert ours
    assert ours == scheduled
