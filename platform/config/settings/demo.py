"""The demo on one machine: plain HTTP on loopback, mails as files, everything else as for real."""

from config.settings.base import *  # noqa: F403  settings modules extend one another
from config.settings.environment import STATE, text

DEMO = True
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
LANGUAGE_COOKIE_SECURE = False
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = text("REMPART_MAIL_DIR", str(STATE / "mail"))
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
