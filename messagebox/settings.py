"""All settings; each comes from the environment (the table is in the README)."""

import secrets as random
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv, validate

from boxes.sign_in.providers import read_providers
from messagebox.secrets import keep_private, kept_secret, new_key_set, parse_key_set
from transports.email.url import read_email_url

env = FileAwareEnv()
BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


# -- Kind of installation ------------------------------------------------------------

PRODUCTION = env.bool("PRODUCTION", False)
DEMO = env.bool("DEMO", False)
DEBUG = False
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))
PORT = env.int("PORT", 8000)
BIND = env.str("BIND", "127.0.0.1")  # 0.0.0.0 where a proxy on another host calls


def secret(name: str, make) -> str:
    """A secret from the environment; outside production one is made and kept in var/."""
    value = env.str(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(
            f"{name} is not set. In production every secret comes from the environment "
            f"(or from a file named by {name}_FILE); `python -m boxes.key_sets` makes one."
        )
    return kept_secret(DATA_DIR / "secrets", name.lower(), make)


SECRET_KEY = secret("SECRET_KEY", lambda: random.token_urlsafe(50))
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
TOKEN_KEYS = parse_key_set("TOKEN_KEYS", secret("TOKEN_KEYS", new_key_set))
CONTENT_KEYS = parse_key_set("CONTENT_KEYS", secret("CONTENT_KEYS", new_key_set))
# Never rotated: content digests and patient look-ups are keyed with it.
[HASH_KEY] = parse_key_set("HASH_KEY", secret("HASH_KEY", new_key_set)).values()


# -- Hosts ---------------------------------------------------------------------------

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
BASE_URL = env.str("BASE_URL", f"http://localhost:{PORT}").rstrip("/")
VIEWER_BASE_URL = env.str("VIEWER_BASE_URL", "").rstrip("/")
MESSAGEBOX_ISSUER = env.str("MESSAGEBOX_ISSUER", BASE_URL)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
# How many proxies of our own stand before us; the address that the outermost of them
# saw is the caller's. 0: X-Forwarded-For is not believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


# -- Applications --------------------------------------------------------------------

INSTALLED_APPS = [
    "boxes",
    "transports",
    "viewer",
    "messagebox.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "django_q",
    "csp",
]
MIDDLEWARE = [
    "boxes.middleware.RequestIdMiddleware",
    "boxes.middleware.ViewerHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "boxes.middleware.PrivateMiddleware",
    "boxes.middleware.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "boxes.sign_in.session.AdmissionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "boxes.middleware.PolicyMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "messagebox.urls"
VIEWER_URLCONF = "messagebox.viewer_urls"
APPEND_SLASH = False
WSGI_APPLICATION = "messagebox.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "boxes.sign_in.context.signing_in",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "boxes.User"


# -- Signing in ----------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it lets nobody guess on
    "boxes.sign_in.backend.PasswordBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
# Whether people sign in with a name and password, or passkey, of this installation.
LOCAL_PASSWORDS = env.bool("LOCAL_PASSWORDS", True)
# Whether a password alone opens nothing; who signs in at a provider was asked there.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", PRODUCTION)
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Sessions, in seconds: without use, in all, and how long before the end the page warns.
SESSION_IDLE = env.int("SESSION_IDLE", 30 * 60)
SESSION_LONGEST = env.int("SESSION_LONGEST", 12 * 3600)
SESSION_WARNING = env.int("SESSION_WARNING", 120)
SESSION_COOKIE_AGE = SESSION_IDLE
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Who guesses waits, by name and address, so that nobody is locked out by another: after so many
# failures so many minutes, twice as long after each further one, up to the longest.
SIGN_IN_FAILURES = env.int("SIGN_IN_FAILURES", 5)
SIGN_IN_PAUSE = env.float("SIGN_IN_PAUSE", 1)
SIGN_IN_LONGEST_PAUSE = env.float("SIGN_IN_LONGEST_PAUSE", 60)
AXES_FAILURE_LIMIT = "boxes.sign_in.pauses.limit"
AXES_COOLOFF_TIME = timedelta(days=1)  # after which failures are forgotten
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # our own log has it
AXES_ENABLE_ADMIN = False
AXES_CLIENT_IP_CALLABLE = "boxes.caller_address.caller_address"
AXES_USERNAME_CALLABLE = "boxes.sign_in.pauses.name_of"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "boxes.sign_in.pauses.refused"
AXES_SENSITIVE_PARAMETERS = (
    "login code credential oldpassword password1 password2 csrfmiddlewaretoken username".split()
)
AXES_VERBOSE = False

ACCOUNT_ADAPTER = "boxes.sign_in.account.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers get no mail from us
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}  # axes counts, for all processes
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_FORMS = {
    "login": "boxes.sign_in.forms.LoginForm",
    "reset_password": "boxes.sign_in.forms.ResetPasswordForm",
    "reset_password_from_key": "boxes.sign_in.forms.ResetPasswordKeyForm",
    "change_password": "boxes.sign_in.forms.ChangePasswordForm",
    "reauthenticate": "boxes.sign_in.forms.ReauthenticateForm",
}

MFA_ADAPTER = "boxes.sign_in.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "MessageBox"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": None}  # nothing that can be guessed
MFA_FORMS = {
    "authenticate": "boxes.sign_in.forms.AuthenticateForm",
    "reauthenticate": "boxes.sign_in.forms.ReauthenticateByCodeForm",
    "activate_totp": "boxes.sign_in.forms.ActivateTOTPForm",
}

OIDC_PROVIDERS = read_providers(
    env.str("OIDC_PROVIDERS", ""),
    {
        "url": env.str("OIDC_URL", ""),
        "name": env.str("OIDC_NAME", ""),
        "client_id": env.str("OIDC_CLIENT_ID", ""),
        "client_secret": env.str("OIDC_CLIENT_SECRET", ""),
        "scope": env.str("OIDC_SCOPE", ""),
        "groups_claim": env.str("OIDC_GROUPS_CLAIM", ""),
        "user_claim": env.str("OIDC_USER_CLAIM", ""),
    },
)
OIDC_CA_FILE = env.str("OIDC_CA_FILE", "")
SOCIALACCOUNT_ADAPTER = "boxes.sign_in.organization.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": OIDC_PROVIDERS}}
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10


# -- Database and cache --------------------------------------------------------------

DATABASES = {
    "default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'messagebox.sqlite3'}")
}
IN_WORKER = env.bool("MESSAGEBOX_WORKER", False)
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["CONN_MAX_AGE"] = 600
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # The ORM converts dates and booleans itself; the driver would do it before that.
        "detect_types": 0,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-16000;"
            "PRAGMA temp_store=MEMORY;PRAGMA journal_size_limit=67108864;"
        ),
    }
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
else:
    _database["CONN_HEALTH_CHECKS"] = True
    if env.bool("DATABASE_POOL", False):
        # For web processes only: a pool that is forked with a worker mixes up answers.
        _database["CONN_MAX_AGE"] = 0
        _database["OPTIONS"] = {"pool": {"min_size": 1, "max_size": env.int("WEB_THREADS", 4) + 2}}
    else:
        _database["CONN_MAX_AGE"] = 60
if DATA_DIR.is_dir():
    keep_private(DATA_DIR)

REDIS_URL = env.str("REDIS_URL", "")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    ),
    "q2": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "q2"},
}


# -- Language and time ---------------------------------------------------------------

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "messagebox.formats"
USE_I18N = True
USE_TZ = True
# The zone of dates that come without one, and in which dates are shown.
TIME_ZONE = env.str("TIME_ZONE", "Europe/Amsterdam")


# -- Static files --------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False


# -- What a box accepts --------------------------------------------------------------

MAX_CONTENT_BYTES = env.int("MAX_CONTENT_BYTES", 50 * 1024 * 1024)
MAX_SUBJECT_LENGTH = 998
MAX_RECIPIENTS = env.int("MAX_RECIPIENTS", 1000)
MAX_PROPERTIES = 100
MAX_JSON_DEPTH = 100
# Base64 takes a third more than what it stands for; the rest is for names and headers.
MAX_REQUEST_BYTES = MAX_CONTENT_BYTES * 4 // 3 + 4 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_REQUEST_BYTES
# A file that is uploaded is held in memory, as a content of the API is: nothing reaches the
# disk unencrypted.
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_REQUEST_BYTES
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_CONTENT_ABOVE = 256 * 1024  # larger contents are kept as files in CONTENT_DIR
CONTENT_DIR = Path(env.str("CONTENT_DIR", str(DATA_DIR / "content")))
ORPHAN_CONTENT_AGE = 24 * 3600
LOG_SEAL_AFTER = env.int("LOG_SEAL_AFTER", 300)
CHANGES_DAYS = env.int("CHANGES_DAYS", 90)  # so long what happened in a box is told again


# -- API -----------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["boxes.api.auth.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["boxes.api.json.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["boxes.api.json.AnyTypeJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "boxes.api.schema.Schema",
    "EXCEPTION_HANDLER": "boxes.api.errors.answer",
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": TRUSTED_PROXIES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "MessageBox API",
    "DESCRIPTION": "One integration for every message service in healthcare.",
    "VERSION": VERSION,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
}
KEY_RATE_PER_MINUTE = env.int("KEY_RATE_PER_MINUTE", 6000)
REFUSAL_RATE_PER_MINUTE = env.int("REFUSAL_RATE_PER_MINUTE", 120)
TOKEN_LIFETIME = env.int("TOKEN_LIFETIME", 900)
WEB_CONCURRENCY = env.int("WEB_CONCURRENCY", 2)
WEB_THREADS = env.int("WEB_THREADS", 4)
# How long a thread waits for a caller: for all headers, and for each piece of a body.
HEADER_SECONDS = env.float("HEADER_SECONDS", 10)
BODY_SECONDS = env.float("BODY_SECONDS", 30)
MAX_WAIT = 30


# -- Roads and dispatcher ------------------------------------------------------------

ROADS_FOR = "transports.policy.roads_for"
# What a person who writes is told about roads.
ROADS_TOLD = "transports.policy.roads_told"
# Whom an answer to all goes to: those of its people that are not the box itself.
OTHERS_AMONG = "transports.others.others_among"
# What people call a road.
ROAD_TITLE = "transports.registry.title_of"
# Reads patient, flag and kind of what came in, in the worker.
KNOW = "viewer.knowing.know_waiting"
TRANSPORTS = [
    "transports.box.transport.BoxTransport",
    "transports.zorgmail.transport.ZorgMailTransport",
    "transports.ezorg.transport.EzorgTransport",
    "transports.personium.transport.PersoniumTransport",
    "transports.communicationhub.transport.CommunicationHubTransport",
    "transports.smtpeter.transport.SmtpeterTransport",
    "transports.email.transport.EmailTransport",
]
ZORGMAIL_DOMAINS = env.list("ZORGMAIL_DOMAINS", ["lms.lifeline.nl"])
EZORG_DOMAINS = env.list("EZORG_DOMAINS", ["ezorg.nl"])

# Of all roads but SMTP: authorities to trust instead of the system's, and seconds for finding
# and connecting, and for one whole call.
ROADS_CA_FILE = env.str("ROADS_CA_FILE", "")
ROADS_CONNECT_TIMEOUT = env.float("ROADS_CONNECT_TIMEOUT", 10)
ROADS_TIMEOUT = env.float("ROADS_TIMEOUT", 40)
# Roads that are not made for care lead only to domains that an admin approved, unless all are.
APPROVE_EVERY_DOMAIN = env.bool("APPROVE_EVERY_DOMAIN", DEMO)
# How long after the hand-over, and then after each question, a system is asked what became of
# a delivery.
ASK_PAUSES = (60, 300, 1800, 7200, 21600, 86400, 86400, 172800, 345600)
COLLECT_SECONDS = env.float("COLLECT_SECONDS", 60)
# Whether SMTPeter puts an image into each mail that tells when it is opened.
SMTPETER_TRACK_OPENS = env.bool("SMTPETER_TRACK_OPENS", False)
# Interfaces of other systems that this installation offers to their software.
FACADES: list[str] = env.list("FACADES", [])
# Whether CommunicationHub's façade answers GetStatus as a script (JSONP).
COMMUNICATIONHUB_JSONP = env.bool("COMMUNICATIONHUB_JSONP", False)

# Personium: whether units in private networks are called; which generation of the message API
# the façade speaks, g1 or g2; the authorities that sign for the cells that may deliver here, a
# PEM file; the origins whose pages may call it, none: any; how long a send waits for its
# results, and whether one that could not reach every cell goes on; the longest text it takes.
PERSONIUM_PRIVATE_UNITS = env.bool("PERSONIUM_PRIVATE_UNITS", False)
PERSONIUM_GENERATION = env.str("PERSONIUM_GENERATION", "g1", validate=validate.OneOf(["g1", "g2"]))
PERSONIUM_ROOTS_FILE = env.str("PERSONIUM_ROOTS_FILE", "")
PERSONIUM_ORIGINS: list[str] = env.list("PERSONIUM_ORIGINS", [])
PERSONIUM_SEND_SECONDS = env.float("PERSONIUM_SEND_SECONDS", 60)
PERSONIUM_KEEP_UNREACHED = env.bool("PERSONIUM_KEEP_UNREACHED", False)
PERSONIUM_STRING_BYTES = env.int("PERSONIUM_STRING_BYTES", 51_200)

# Webhooks: whether addresses in private networks are posted to; the authorities to trust instead
# of the system's; seconds for one post.
WEBHOOKS_TO_PRIVATE_ADDRESSES = env.bool("WEBHOOKS_TO_PRIVATE_ADDRESSES", False)
WEBHOOKS_CA_FILE = env.str("WEBHOOKS_CA_FILE", "")
WEBHOOK_TIMEOUT = env.float("WEBHOOK_TIMEOUT", 10)

MAIL_DOMAIN = env.str("MAIL_DOMAIN", "")
DEFAULT_FROM_EMAIL = (
    f"MessageBox <postmaster@{MAIL_DOMAIN}>"  # of our own mail: forgotten passwords
)
EMAIL_BACKEND = "boxes.sign_in.mail.Backend"
_email = read_email_url(env.str("EMAIL_URL", "smtp://localhost:25"))
EMAIL_HOST = _email["EMAIL_HOST"]
EMAIL_PORT = _email["EMAIL_PORT"]
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _email["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _email["EMAIL_USE_SSL"]
EMAIL_REQUIRE_TLS = env.bool("EMAIL_REQUIRE_TLS", True)
EMAIL_CA_FILE = env.str("EMAIL_CA_FILE", "")
EMAIL_CONNECT_TIMEOUT = env.float("EMAIL_CONNECT_TIMEOUT", 10)
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT", 40)

# What waits to be sent for so long is told on every page to who reads the box.
STALLED_SECONDS = env.int("STALLED_SECONDS", 900)
# The contacts of a box get a mail when something waits longer: an abnormal or urgent message
# that nobody opened, what was not sent or is uncertain, what stands in the OUTBOX; at most one
# mail a box in so many hours. Off where MAIL_DOMAIN is empty.
REMIND_UNOPENED_MINUTES = env.int("REMIND_UNOPENED_MINUTES", 60)
REMIND_UNSENT_MINUTES = env.int("REMIND_UNSENT_MINUTES", 60)
REMIND_STALLED_MINUTES = env.int("REMIND_STALLED_MINUTES", 60)
REMIND_PAUSE_HOURS = env.int("REMIND_PAUSE_HOURS", 6)

# How long one attempt may be away before its claim is taken over.
CLAIM_SECONDS = env.float("CLAIM_SECONDS", 120)
# The pauses between the attempts at an external system; 72 hours in all.
RETRY_PAUSES = [60, 300, 1800, 7200, 21600, 43200, 86400, 97200]
RETRY_JITTER = 0.1
WORKERS = env.int("WORKERS", 4)
# One worker is always left for the dispatcher, and one for collecting, asking and webhooks.
ATTEMPTS_IN_FLIGHT = max(1, WORKERS - 2)
ATTEMPTS_PER_TRANSPORT = env.int("ATTEMPTS_PER_TRANSPORT", max(1, (WORKERS - 2) // 2))
SWEEP_SECONDS = env.float("SWEEP_SECONDS", 15)
HEARTBEAT_LIMIT = env.float("HEARTBEAT_LIMIT", 90)
# A task that idle workers leave for so long shows that they do not hear.
DEAF_SECONDS = env.float("DEAF_SECONDS", 10)
# Who asks /metrics from elsewhere than this machine sends it as a bearer token.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# How long requests and tasks may go on after the service was told to stop.
STOP_SECONDS = env.float("STOP_SECONDS", 1.5)

# More than a stretch of attempts and its last send.
QUEUE_TIMEOUT = 90
Q_CLUSTER = {
    "name": env.str("Q_NAME", "messagebox"),
    "workers": WORKERS,
    "queue_limit": WORKERS,
    "bulk": 1,
    "poll": 0.1,
    "timeout": QUEUE_TIMEOUT,
    "retry": 300,
    "max_attempts": 1,
    "ack_failures": True,  # repeats are the deliveries' business
    "save_limit": -1,
    "catch_up": False,
    "recycle": 500,
    "max_rss": 300_000,
    "cache": "q2",
    "label": "Queue",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}


# -- Viewer --------------------------------------------------------------------------

# A render server that somebody keeps running; empty: each process starts one of its own.
RENDER_SOCKET = env.str("RENDER_SOCKET", "")
RENDER_JOBS = env.int("RENDER_JOBS", 4)
RENDER_JOBS_PER_BOX = env.int("RENDER_JOBS_PER_BOX", 2)
# How long a reader waits for a turn before the page says so and tries again by itself.
RENDER_WAIT = env.float("RENDER_WAIT", 5)
RENDER_RETRY_SECONDS = env.int("RENDER_RETRY_SECONDS", 3)
# What laying out one message may use; past it the process is killed and a plainer view shown.
RENDER_SECONDS = env.float("RENDER_SECONDS", 3)
RENDER_CPU_SECONDS = env.float("RENDER_CPU_SECONDS", 3)
RENDER_MEMORY = env.int("RENDER_MEMORY", 512 * 1024 * 1024)
RENDER_OUTPUT = env.int("RENDER_OUTPUT", 8 * 1024 * 1024)
FORGED_TOKENS_PER_MINUTE = env.int("FORGED_TOKENS_PER_MINUTE", 30)


# -- Browser security ----------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "boxes.notices.SealedStorage"
CSRF_FAILURE_VIEW = "messagebox.error_pages.from_elsewhere"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-mbx_session"
    CSRF_COOKIE_NAME = "__Host-mbx_csrf"
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    # What holds a token in its address is refused in plain, and not sent elsewhere.
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^v1/"]
    SECURE_HSTS_SECONDS = 63072000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", True)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}


# -- Log -----------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"discreet": {"()": "boxes.discretion.DiscreetFilter"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["discreet"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django-q": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},
    },
}
DEFAULT_EXCEPTION_REPORTER_FILTER = "boxes.discretion.DiscreetExceptionFilter"
TEST_RUNNER = "django.test.runner.DiscoverRunner"
