"""Django's settings, made from the environment (see `environment.py` for the variables).

Safe by default: debugging is off and cookies are for HTTPS unless PENSTOCK_INSECURE_HTTP says that the
hub is served over plain HTTP, as `penstock up` does on the local machine.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from penstock.hub.conf import database, environment
from penstock.hub.conf.files import file_storage
from penstock.hub.conf.logs import logging_settings

PACKAGE = Path(__file__).resolve().parents[2]
HUB = PACKAGE / "hub"

# --- the installation -----------------------------------------------------------------------------

PENSTOCK_HOME = environment.home()
DEBUG = environment.flag("PENSTOCK_DEBUG")
INSECURE_HTTP = environment.flag("PENSTOCK_INSECURE_HTTP", default=DEBUG)
SECRET_KEY = environment.secret_key()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *environment.listing("PENSTOCK_HOSTS")]
CSRF_TRUSTED_ORIGINS = environment.listing("PENSTOCK_ORIGINS")
DEMO = environment.flag("PENSTOCK_DEMO")  # guides strangers and buyers through a first order
PUBLIC_URL = environment.text("PENSTOCK_PUBLIC_URL", "http://127.0.0.1:8000")

ROOT_URLCONF = "penstock.hub.conf.urls"
WSGI_APPLICATION = "penstock.hub.conf.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The rooms of the house, in the order in which they may know each other.
ROOMS = [
    "core", "parties", "ledger", "parts", "quotes", "orders", "production", "logistics", "quality", "questions",
    "inbox",
]  # fmt: skip

INSTALLED_APPS = [
    "penstock.hub.web",  # first, so that its templates win over those of the libraries
    *(f"penstock.hub.{room}" for room in ROOMS),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "mptt",
    "djmoney",
    "hordak",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "penstock.hub.conf.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "penstock.hub.parties.auth.ActorMiddleware",
    "penstock.hub.orders.visits.ClaimVisit",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "penstock.hub.web.branding.network",
            ]
        },
    }
]

# --- data -----------------------------------------------------------------------------------------

DATABASES = {"default": database.django_settings(database.ensure_database())}

CACHES = {
    # In the database, so that rate limits count over all web processes on all machines.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "penstock_cache"}
}

STORAGES = {
    "default": file_storage(environment.text("PENSTOCK_FILES"), default=PENSTOCK_HOME / "files"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = PENSTOCK_HOME / "static"
# The hashed name of a vendored file is part of its URL; files a library refers to but does not ship
# (source maps) must not stop an installation.
WHITENOISE_MANIFEST_STRICT = False
FILE_UPLOAD_HANDLERS = [
    "penstock.hub.parts.uploading.CeilingUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
MAX_MODEL_FILE_BYTES = environment.number("PENSTOCK_MAX_MODEL_MB", 200) * 1024 * 1024
# What strangers may do before they sign up; none an hour keeps the front door shut.
VISITOR_FILES_AN_HOUR = environment.number("PENSTOCK_VISITOR_FILES", 30)
MAX_VISITOR_FILE_BYTES = min(environment.number("PENSTOCK_VISITOR_MODEL_MB", 50) * 1024 * 1024, MAX_MODEL_FILE_BYTES)

# --- people ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "parties.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 10},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_FORMS = {"signup": "penstock.hub.parties.signup.SignupForm"}  # asks for the organisation as well
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# From one address, besides what is allauth's; the price tables are those worked out anew.
ACCOUNT_RATE_LIMITS = {
    "visitor_file": f"{VISITOR_FILES_AN_HOUR}/h/ip",
    "visitor_prices": f"{VISITOR_FILES_AN_HOUR * 6}/h/ip",
}
ACCOUNT_EMAIL_VERIFICATION = environment.text("PENSTOCK_EMAIL_VERIFICATION", "optional")
ACCOUNT_ADAPTER = "penstock.hub.parties.mail.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if INSECURE_HTTP else "https"
# Proxies in front that append to X-Forwarded-For; rate limits then count the visitor, not the proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = environment.number("PENSTOCK_PROXIES", 0)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Penstock"
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION != "mandatory"

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if environment.text("PENSTOCK_SMTP_HOST")
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = PENSTOCK_HOME / "mail"
EMAIL_HOST = environment.text("PENSTOCK_SMTP_HOST", "localhost")
EMAIL_PORT = environment.number("PENSTOCK_SMTP_PORT", 587)
EMAIL_HOST_USER = environment.text("PENSTOCK_SMTP_USER")
EMAIL_HOST_PASSWORD = environment.text("PENSTOCK_SMTP_PASSWORD")
EMAIL_USE_TLS = environment.flag("PENSTOCK_SMTP_TLS", default=True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.text("PENSTOCK_MAIL_FROM", "Penstock <penstock@localhost>")

# --- hardening ------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not INSECURE_HTTP
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_SSL_REDIRECT = not INSECURE_HTTP
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # load balancers ask inside the network, without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environment.number("PENSTOCK_PROXIES", 0) else None
SECURE_HSTS_SECONDS = 0 if INSECURE_HTTP or DEBUG else 365 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    # Tabler and three.js' canvas set style attributes; style *sheets* stay our own.
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}

# --- language and time ----------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = environment.text("PENSTOCK_TIME_ZONE", "Asia/Shanghai")
USE_I18N = True
LANGUAGE_CODE = "en"
LOCALE_PATHS = [HUB / "locale"]
# Besides English those that have a catalogue: without one Django's own words alone would be translated.
_TRANSLATIONS = [("zh-hans", "zh_Hans", _("Simplified Chinese"))]
LANGUAGES = [
    ("en", _("English")),
    *(
        (code, name)
        for code, folder, name in _TRANSLATIONS
        if (HUB / "locale" / folder / "LC_MESSAGES" / "django.mo").is_file()
    ),
]

# --- money ----------------------------------------------------------------------------------------

DEFAULT_CURRENCY = environment.text("PENSTOCK_CURRENCY", "CNY")
CURRENCIES = ["CNY", "EUR", "USD"]
HORDAK_INTERNAL_CURRENCY = DEFAULT_CURRENCY
HORDAK_CURRENCIES = CURRENCIES
HORDAK_MAX_DIGITS = 20  # as in its migrations
PAYMENT_PROVIDER = environment.text("PENSTOCK_PAYMENT_PROVIDER", "sandbox")
# What the provider signs its notices with; the sandbox is content with one made from the secret key.
PAYMENT_NOTICE_SECRET = (
    environment.text("PENSTOCK_PAYMENT_NOTICE_SECRET")
    or hmac.new(SECRET_KEY.encode(), b"payment notices", hashlib.sha256).hexdigest()
)
SANDBOX_PAYMENT_FAULT = environment.text("PENSTOCK_SANDBOX_PAYMENT_FAULT")  # "decline" or "timeout"

# --- background work ------------------------------------------------------------------------------

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"  # every room's background work is its jobs.py
PROCRASTINATE_IMPORT_PATHS: list[str] = []
# Silent for longer: dead, and what it was doing is given to another. A running worker says so six times as often.
NEST_SECONDS = environment.number("PENSTOCK_NEST_SECONDS", 30)
WORKER_STALLED_SECONDS = environment.number("PENSTOCK_WORKER_STALLED_SECONDS", 30)
WORKER_HEARTBEAT_SECONDS = WORKER_STALLED_SECONDS / 6
PROCRASTINATE_WORKER_DEFAULTS = {
    "concurrency": environment.number("PENSTOCK_WORKER_CONCURRENCY", 2),
    "update_heartbeat_interval": WORKER_HEARTBEAT_SECONDS,
    "stalled_worker_timeout": WORKER_STALLED_SECONDS,
    "shutdown_graceful_timeout": 15,  # then jobs are aborted and run again by the next worker
}
TENANCY_STRICT = DEBUG

# --- logging --------------------------------------------------------------------------------------

LOGGING = logging_settings(
    level=environment.text("PENSTOCK_LOG_LEVEL", "WARNING"),
    as_json=environment.text("PENSTOCK_LOG_FORMAT", "line") == "json",
)
