"""What is the same everywhere."""

from datetime import timedelta
from urllib.parse import urlsplit

from config.settings.databases import databases
from config.settings.environment import ROOT, STATE, secret, text, vault, words
from config.settings.identity_provider import identity_provider

SECRET_KEY = text("REMPART_SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = words("REMPART_ALLOWED_HOSTS", "127.0.0.1,localhost")
CSRF_TRUSTED_ORIGINS = words("REMPART_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "rest_framework",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp_webauthn",
    "django_htmx",
    "csp",
    "kernel",
    "audit",
    "agencies",
    "referrals",
    "meetings",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kernel.http.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kernel.http.language.LanguageMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kernel.http.middleware.ScopeMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csrf",
                "django.contrib.messages.context_processors.messages",
                "kernel.http.context.person",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = databases()
DATABASE_ROUTERS = ["kernel.routing.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SIGNIN_MODELS = {
    "sessions.session",
    "agencies.account",
    "agencies.attempt",
    "agencies.identity",
    "agencies.providerflow",
    "agencies.providersession",
    "agencies.providerspent",
    "agencies.authenticator",
    "agencies.backupcode",
    "agencies.backupsheet",
    "agencies.ceremony",
    "django_otp_webauthn.webauthnattestation",
    "django_otp_webauthn.webauthncredential",
    "django_otp_webauthn.webauthnuserhandle",
    "otp_totp.totpdevice",
}

AUTH_USER_MODEL = "agencies.Account"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["kernel.crypto.passwords.PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "agencies:sign_in"
OTP_TOTP_ISSUER = "Rempart"
OTP_TOTP_THROTTLE_FACTOR = 1
FACTOR_REPLACEMENT_WAIT = timedelta(hours=24)
FACTOR_REPLACEMENT_KEPT = timedelta(days=14)
FACTOR_LINK_LASTS = timedelta(minutes=30)

IDENTITY_PROVIDER = identity_provider()
OUTSIDE_TRANSACTION = (
    "/connexion/fournisseur/aller/",
    "/connexion/fournisseur/retour/",
    "/connexion/fournisseur/fin/",
    "/connexion/fournisseur/fin-navigateur/",
)
"""Pages that talk to the identity provider: they open short transactions of their own."""

SESSION_ENGINE = "kernel.http.sessions"
SESSION_COOKIE_NAME = "rempart"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_ABSOLUTE = timedelta(hours=8)
INVITATION_LASTS = timedelta(hours=int(text("REMPART_INVITATION_HOURS", "72")))
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = True
CSRF_FAILURE_VIEW = "kernel.http.failures.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "manifest-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = ["kernel.files.receiving.InMemory"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
CLAMD = text("REMPART_CLAMD", "")
FILES_S3 = {
    "endpoint": text("REMPART_S3_ENDPOINT", ""),
    "name": text("REMPART_S3_BUCKET", "rempart"),
    "region": text("REMPART_S3_REGION", "us-east-1"),
    "access_key": text("REMPART_S3_ACCESS_KEY", ""),
    "secret_key": text("REMPART_S3_SECRET_KEY", ""),
}
FILES_DIR = text("REMPART_FILES_DIR", str(STATE / "files"))

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [ROOT / "platform" / "kernel" / "locale"]
LANGUAGE_COOKIE_NAME = "langue"
LANGUAGE_COOKIE_SECURE = True
USE_I18N = True
TIME_ZONE = "Europe/Paris"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = text("REMPART_STATIC_ROOT", str(STATE / "static"))
BUNDLE_DIR = text("REMPART_BUNDLE_DIR", str(STATE / "bundle"))
STATICFILES_DIRS = [BUNDLE_DIR]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["kernel.http.api_access.ViewerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["kernel.http.api_access.Nobody"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["kernel.http.api_input.StrictJSONParser"],
    "EXCEPTION_HANDLER": "kernel.http.api_errors.as_json",
    "UNAUTHENTICATED_USER": None,
}

REDIS_URL = text("REMPART_REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = text("REMPART_BROKER_URL", REDIS_URL)

ROOT_KEYS = secret("REMPART_ROOT_KEY_FILE") or text("REMPART_ROOT_KEYS", "")
VAULT = vault()
BLIND_KEY = secret("REMPART_BLIND_KEY_FILE")
LOG_KEY = secret("REMPART_LOG_KEY_FILE")
LOG_PUBLIC_KEYS = words("REMPART_LOG_PUBLIC_KEYS")
LOG_ORIGIN = text("REMPART_LOG_ORIGIN", "rempart")
LOG_MEMORY = text("REMPART_LOG_MEMORY", "")
METRICS_TOKEN = secret("REMPART_METRICS_TOKEN_FILE")
PROXY_HOPS = int(text("REMPART_PROXY_HOPS", "0"))

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = text("REMPART_EMAIL_HOST", "localhost")
EMAIL_PORT = int(text("REMPART_EMAIL_PORT", "25"))
EMAIL_HOST_USER = text("REMPART_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = text("REMPART_EMAIL_PASSWORD", "")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = text("REMPART_EMAIL_FROM", "rempart@localhost")
PUBLIC_ADDRESS = text("REMPART_PUBLIC_ADDRESS", "http://localhost:8000")

# A passkey belongs to a name, and answers only to pages of that name: both are said here, and the
# Host header of a request is never asked. Changing the name makes every passkey useless.
OTP_WEBAUTHN_RP_ID = urlsplit(PUBLIC_ADDRESS).hostname or "localhost"
OTP_WEBAUTHN_RP_NAME = "Rempart"
OTP_WEBAUTHN_ALLOWED_ORIGINS = sorted(
    {
        origin
        for origin in [PUBLIC_ADDRESS, *CSRF_TRUSTED_ORIGINS]
        if urlsplit(origin).hostname == OTP_WEBAUTHN_RP_ID
    }
)
OTP_WEBAUTHN_TIMEOUT_SECONDS = 120

DEMO = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # A refused page is in the record; its path must not be in a log file.
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        # At DEBUG these quote what a page holds and what a statement is given: names of pupils.
        # Turning the rest of the log up does not turn them up.
        "django.template": {"level": "INFO"},
        "django.db.backends": {"level": "INFO"},
        # A task that looks for due rows every second has nothing to say about it.
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
