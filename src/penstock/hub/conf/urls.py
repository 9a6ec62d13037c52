"""The addresses of the hub."""

from django.contrib import admin
from django.urls import include, path

from penstock.hub.api.api import api
from penstock.hub.conf.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", api.urls),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("penstock.hub.web.urls")),
]
