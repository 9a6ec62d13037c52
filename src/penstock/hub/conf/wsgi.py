"""The entry point for WSGI servers: `gunicorn penstock.hub.conf.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from penstock.hub.conf.boot import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "penstock.hub.conf.settings")

application = get_wsgi_application()
settle()
