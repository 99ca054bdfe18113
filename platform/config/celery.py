"""The task queue. It never remembers anything: every task looks for due rows."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("rempart")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_time_limit=120,
    task_soft_time_limit=90,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    enable_utc=True,
    beat_schedule={
        "deliver what is owed": {
            "task": "kernel.tasks.drain_outbox",
            "schedule": 1.0,
            "options": {"expires": 5},
        },
        # In a queue of its own: who does it holds keys that whoever sends mails does not.
        "do the work that is owed": {
            "task": "kernel.tasks.do_owed_work",
            "schedule": 1.0,
            "options": {"expires": 5, "queue": "work"},
        },
        "forget what is old": {
            "task": "kernel.tasks.forget_what_is_old",
            "schedule": 300.0,
            "options": {"expires": 300},
        },
        "make room for the months to come": {
            "task": "audit.tasks.make_partitions",
            "schedule": 6 * 3600.0,
            "options": {"expires": 3600},
        },
        "count the entries of the record": {
            "task": "audit.tasks.count_entries",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "keep what stands out in the record": {
            "task": "audit.tasks.keep_findings",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "keep which readings were by a share": {
            "task": "referrals.tasks.keep_share_reads",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "send agencies the newest checkpoint": {
            "task": "audit.tasks.send_checkpoints",
            "schedule": 1800.0,
            "options": {"expires": 600},
        },
        "say when the record is not well": {
            "task": "audit.tasks.watch_record",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        "count what takes long to count": {
            "task": "audit.tasks.count_probes",
            "schedule": 3600.0,
            "options": {"expires": 600},
        },
        "carry out purges that are signed": {
            "task": "audit.tasks.carry_out_purges",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "drop months that are empty": {
            "task": "audit.tasks.drop_empty_partitions",
            "schedule": 6 * 3600.0,
            "options": {"expires": 3600},
        },
        "end what nobody confirmed in time": {
            "task": "agencies.tasks.end_lapsed",
            "schedule": 300.0,
            "options": {"expires": 300},
        },
        "announce shares that will end": {
            "task": "referrals.tasks.announce_endings",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "tidy emergency accesses that have ended": {
            "task": "referrals.tasks.tidy_emergency_accesses",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "tidy requests that nobody answered": {
            "task": "referrals.tasks.lapse_requests",
            "schedule": 300.0,
            "options": {"expires": 300},
        },
        "tidy shares that have ended": {
            "task": "referrals.tasks.sweep_expired_shares",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "delete files that nothing needs any more": {
            "task": "referrals.tasks.delete_files",
            "schedule": 60.0,
            "options": {"expires": 60, "queue": "work"},
        },
        "delete exports of the record that have ended": {
            "task": "audit.tasks.delete_ended_exports",
            "schedule": 60.0,
            "options": {"expires": 60, "queue": "work"},
        },
        "delete exports that have ended": {
            "task": "referrals.tasks.delete_ended_exports",
            "schedule": 60.0,
            "options": {"expires": 60, "queue": "work"},
        },
    },
)
app.autodiscover_tasks()
