"""The pages of every room that has any."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings

from . import pages

urlpatterns = [*pages.urlpatterns]
for room in settings.ROOMS:
    name = f"penstock.hub.{room}.pages"
    if find_spec(name):
        urlpatterns += import_module(name).urlpatterns
