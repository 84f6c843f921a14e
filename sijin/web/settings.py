"""Settings of the whole house, read from the environment (and an optional `.env` in the data folder).

SQLite in `SIJIN_DATA` is the default store; `DATABASE_URL` names another. Nothing here is specific to one campaign.
"""

import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

ROOT = Path(__file__).resolve().parents[2]
env = environ.Env()
CHECKOUT = (ROOT / "pyproject.toml").exists()
HOME = ROOT / "var" if CHECKOUT else Path.home() / ".local" / "share" / "sijin"  # an installed package has no var/
DATA = Path(env.str("SIJIN_DATA", default=str(HOME))).resolve()
DATA.mkdir(parents=True, exist_ok=True)
if (DATA / ".env").exists():
    env.read_env(str(DATA / ".env"))


def _secret_key() -> str:
    """Return the signing key: from the environment, or made once and kept readable by its owner alone."""
    if given := env.str("SIJIN_SECRET_KEY", default=""):
        return given
    path = DATA / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = _secret_key()
DEBUG = env.bool("SIJIN_DEBUG", default=False)
ALLOWED_HOSTS = env.list("SIJIN_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("SIJIN_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("SIJIN_HTTPS", default=False)
ROUTING_URL = env.str(
    "SIJIN_ROUTING_URL", default=""
)  # OSRM, or valhalla+http://…; empty: travel times by great circle

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "sijin.web",  # before allauth and forms: its templates stand in for theirs
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "django_htmx",
    "ninja",
    "django_tasks",
    "django_tasks_db",
    "sijin.places",
    "sijin.people",
    "sijin.dispatch",
    "sijin.ledger",
    "sijin.visits",
    "sijin.exchange",
    "sijin.works",
    "sijin.briefing",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sijin.web.limits.Limits",
    "sijin.web.middleware.Headers",
    "sijin.web.middleware.SignedIn",
    "sijin.web.middleware.Refusals",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "sijin.web.urls"
WSGI_APPLICATION = "sijin.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sijin.web.shell.shell",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "sijin.web.templatetags.sijin_ui"],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # fields are drawn by web/templates/django/forms

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA / 'sijin.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue instead of failing, and readers go on while one writes.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000;",
    }
    # kill -9 keeps every acknowledged write under WAL + NORMAL; a power cut may lose the last ones, FULL would not.
    if env.bool("SIJIN_SQLITE_FULL_SYNC", default=False):
        DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    # Compiling a query takes longer than any query of ours; PostgreSQL would do it whenever it thinks one costly.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
# How far a job is inside its one transaction: the store shows that to nobody else before the commit, a file does.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "progress": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA / "progress"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "sijin.people.sign_in.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "sijin.people.sign_in.ClosedSignUp"
ACCOUNT_FORMS = {"login": "sijin.people.forms.SignInForm", "change_password": "sijin.people.forms.PasswordForm"}
ACCOUNT_SESSION_REMEMBER = True  # until the session's age, which is a working day
ACCOUNT_RATE_LIMITS = {
    "login_failed": None,  # wrong passwords are counted once, by axes below, which keeps them in the store
    "login": "600/m/ip",  # a whole campaign signs in at eight o'clock, from behind one address
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"] if HTTPS else ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Sijin"
OIDC_SERVER = env.str("SIJIN_OIDC_SERVER", default="")
SOCIALACCOUNT_ADAPTER = "sijin.people.sign_in.Organisation"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "organisation",
                "name": env.str("SIJIN_OIDC_NAME", default="OpenID Connect"),
                "client_id": env.str("SIJIN_OIDC_CLIENT_ID", default=""),
                "secret": env.str("SIJIN_OIDC_SECRET", default=""),
                "settings": {"server_url": OIDC_SERVER},
            }
        ]
        if OIDC_SERVER
        else []
    }
}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "sijin.web.views.locked"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "sijin.web.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and env.bool("SIJIN_HSTS_SUBDOMAINS", default=False)
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # Chrome asks form-action about redirects too: the sign-in button leads to the organisation's server.
        "form-action": [SELF, "{0.scheme}://{0.netloc}".format(urlsplit(OIDC_SERVER))] if OIDC_SERVER else [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        # ECharts and htmx place elements by their style attribute through the DOM API, which CSP allows; no inline CSS.
        "style-src": [SELF],
        "script-src": [SELF],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "sijin" / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
SEMANTIC = env.bool("SIJIN_SEMANTIC", default=True)  # use an embedding where the extra `semantic` is installed
STATIC_ROOT = DATA / "static"
MEDIA_ROOT = DATA / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
EVIDENCE_MAX_BYTES = 10 * 1024 * 1024
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

API_RATE = env.str("SIJIN_API_RATE", default="600/min")  # requests an account may make
NINJA_PAGINATION_CLASS = "sijin.people.wire.Page"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
NOTICE_CHANNELS = env.list("SIJIN_NOTICE_CHANNELS", default=[])  # import paths of `people.notices.Channel` classes
EMAIL_URL = env.str("SIJIN_EMAIL_URL", default="")  # smtp+tls://user:password@host:587; empty: no e-mail is sent
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("SIJIN_EMAIL_FROM", default="sijin@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("SIJIN_LOG_LEVEL", default="WARNING")},
}
