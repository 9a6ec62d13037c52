"""The operator's look at people and firms. Users are edited as Django does it; the rest changes by its own verbs."""

from __future__ import annotations

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401 — both register their pages, which are then taken down
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as AccountAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import Actor
from penstock.hub.core.admin import OperatorAdmin, ReadOnlyAdmin
from penstock.hub.core.admin_verbs import RefusalsShown, verb
from penstock.hub.core.errors import DomainError

from . import services
from .models import Address, ApiKey, Invitation, Member, Organisation, User

# What the operator does with these is in the pages below: there are no groups here, and nobody edits a second factor.
admin.site.unregister([Group, EmailAddress, Authenticator])


class UserCreationForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


@admin.register(User)
class UserAdmin(AccountAdmin):
    list_display = ["email", "name", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    ordering = ["-id"]
    add_form = UserCreationForm
    readonly_fields = ["date_joined", "last_login"]
    fieldsets = [
        (None, {"fields": ["email", "password", "name", "language", "is_active"]}),
        (_("Admin"), {"fields": ["is_staff", "is_superuser"]}),
        (_("Dates"), {"fields": ["date_joined", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "password1", "password2"]})]

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whoever leaves is made inactive: what they did keeps their name."""
        return False


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ["email", "user", "primary", "verified"]
    list_select_related = ["user"]
    search_fields = ["email", "user__name"]


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """A second factor may be removed for somebody who has lost it; its secret is shown to nobody."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    exclude = ["data"]

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return request.user.is_superuser


class MemberInline(admin.TabularInline):
    model = Member
    fields = readonly_fields = ["user", "role", "is_active", "created_at"]
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest):
        return Member.objects.across_tenants().select_related("user")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class OrganisationForm(forms.ModelForm):
    class Meta:
        model = Organisation
        fields = ["name", "kinds", "country", "tax_number", "email", "is_active"]
        help_texts = {"kinds": _("Any of: buyer, maker, designer, partner, carrier; separated by commas.")}

    def clean_country(self) -> str:
        try:
            return services.checked_country(self.cleaned_data["country"])
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from None


@admin.register(Organisation)
class OrganisationAdmin(RefusalsShown, OperatorAdmin):
    list_display = ["name", "uid", "kinds", "country", "is_active", "created_at"]
    list_filter = ["is_active", "country"]
    search_fields = ["name", "uid", "tax_number", "email"]
    form = OrganisationForm
    readonly_fields = ["uid", "created_at"]
    inlines = [MemberInline]

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Organisation, form: forms.ModelForm, change: bool) -> None:
        """Details go through the services; whether it takes part at all is the operator's own decision."""
        details = {name: form.cleaned_data[name] for name in ("name", "kinds", "country", "tax_number", "email")}
        if change:
            services.change_organisation(actor=request.actor, organisation_uid=obj.uid, **details)
            Organisation.objects.filter(pk=obj.pk).update(is_active=form.cleaned_data["is_active"])
        else:
            founded = services.register_organisation(user=None, actor=request.actor, **details)
            obj.pk, obj.uid = founded.pk, founded.uid


@verb(_("Remove these members from their organisations"))
def remove(actor: Actor, member: Member) -> None:
    services.remove_member(actor=actor, member_uid=member.uid)


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    list_display = ["uid", "user", "organisation", "role", "is_active", "created_at"]
    list_filter = ["role", "is_active"]
    list_select_related = ["user", "organisation"]
    search_fields = ["user__email", "organisation__name"]
    actions = [remove]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["email", "organisation", "role", "state", "expires_at"]
    list_filter = ["state"]
    list_select_related = ["organisation"]
    search_fields = ["email", "organisation__name"]
    exclude = ["token_hash"]


@admin.register(Address)
class AddressAdmin(ReadOnlyAdmin):
    list_display = ["recipient", "city", "country", "organisation", "is_active"]
    list_filter = ["country", "is_active"]
    list_select_related = ["organisation"]
    search_fields = ["recipient", "city", "organisation__name"]


@verb(_("Revoke these keys"))
def revoke(actor: Actor, key: ApiKey) -> None:
    services.revoke_api_key(actor=actor, key_uid=key.uid)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ["name", "hint", "organisation", "member", "scopes", "last_used_at", "revoked_at"]
    list_select_related = ["organisation", "member__user", "member__organisation"]
    search_fields = ["name", "hint", "organisation__name"]
    exclude = ["token_hash"]
    actions = [revoke]
