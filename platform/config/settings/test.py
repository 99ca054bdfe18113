"""Tests: the demo's settings on a database of their own, mails in memory."""

import os

os.environ.setdefault("REMPART_SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("REMPART_OIDC_ISSUER", "http://127.0.0.1:9")
os.environ.setdefault("REMPART_OIDC_CLIENT_ID", "rempart-tests")
os.environ.setdefault("REMPART_OIDC_CLIENT_SECRET", "only-for-tests-" + "y" * 40)

from config.settings.base import *  # noqa: F403  settings modules extend one another
from config.settings.databases import databases

DEMO = True
LOG_MEMORY = ""
DATABASES = databases(
    name=os.environ.get("REMPART_TEST_DB")
    or f"test_rempart_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}",
    pooled=False,
)
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
LANGUAGE_COOKIE_SECURE = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["tests.support.hashers.QuickArgon2PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
