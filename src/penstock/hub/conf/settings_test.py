"""Settings of the test suite: a fast throw-away database, no network, files in a temporary directory.

Without DATABASE_URL the embedded server runs in PENSTOCK_HOME/test with its safety against power cuts
turned off.  Every run has its own databases, so that several runs on one machine do not meet.
"""

import atexit
import os
import shutil
import tempfile

from penstock.hub.conf import database, environment
from penstock.hub.conf.files import file_storage

os.environ.setdefault("PENSTOCK_SECRET_KEY", "a key for tests only")
os.environ.setdefault("PENSTOCK_INSECURE_HTTP", "on")

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}

url = environment.text("DATABASE_URL")
if not url:
    server = database.embedded_server(environment.home() / "test" / "pg", FAST)
    url = server.ensure(database.DATABASE_NAME)
    os.environ["DATABASE_URL"] = url  # child processes of a test use the same server

from penstock.hub.conf.settings import *  # noqa: E402, F403 — settings read the variables set above

# pytest-xdist's workers share the run's id and add their own suffix; pytest-django sees to that.
run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")[:8] or str(os.getpid())
DATABASES = {"default": database.django_settings(url)}
DATABASES["default"]["TEST"] = {"NAME": f"test_penstock_{run}"}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False

temporary = tempfile.mkdtemp(prefix="penstock-test-")
atexit.register(shutil.rmtree, temporary, ignore_errors=True)
STORAGES = {
    "default": file_storage(temporary, default=environment.home()),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True  # serve from the source tree: nothing is collected for tests

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ACCOUNT_RATE_LIMITS = False  # the limits have tests of their own, which turn them on
ALLOWED_HOSTS = ["*"]
LANGUAGE_CODE = "en"
TENANCY_STRICT = True
PAYMENT_PROVIDER = "sandbox"
NEST_SECONDS = 0  # tests of nesting turn it on
