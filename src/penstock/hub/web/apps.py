"""Registers the shared web furniture with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "penstock.hub.web"
    label = "web"
