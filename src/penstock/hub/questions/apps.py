"""Registers the room questions with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuestionsConfig(AppConfig):
    name = "penstock.hub.questions"
    label = "questions"
    verbose_name = _("Questions")
    default_auto_field = "django.db.models.BigAutoField"
