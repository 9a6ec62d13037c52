"""Signing up: a person and the organisation they act for, in one step.

Somebody who follows an invitation signs up without founding an organisation: theirs exists.
"""

from __future__ import annotations

from allauth.account.forms import SignupForm as AccountSignupForm
from allauth.core import context
from django import forms
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from penstock.hub.web import countries

from . import services
from .models import User
from .states import OrganisationKind


class SignupForm(AccountSignupForm):
    """E-mail and password as allauth asks for them, then name, organisation and country."""

    name = forms.CharField(label=_("Your name"), max_length=200, required=False)
    organisation = forms.CharField(label=_("Organisation"), max_length=200, help_text=_("Your firm, or your own name."))
    country = forms.ChoiceField(label=_("Country"), choices=countries.choices)

    field_order = ["name", "organisation", "country", "email", "password1", "password2"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.is_invited = _follows_invitation(context.request)
        if self.is_invited:
            del self.fields["organisation"]
            del self.fields["country"]

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth in the request that made the user."""
        super().custom_signup(request, user)
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        if not self.is_invited:
            services.register_organisation(
                user=user,
                name=self.cleaned_data["organisation"],
                country=self.cleaned_data["country"],
                kinds=[OrganisationKind.BUYER],
                email=user.email,
            )


def _follows_invitation(request: HttpRequest | None) -> bool:
    """Whether sign-up leads back to an invitation's page, where it is accepted."""
    if request is None:
        return False
    target = request.POST.get("next") or request.GET.get("next") or ""
    try:
        return resolve(target).url_name == "invitation"
    except Resolver404:
        return False
