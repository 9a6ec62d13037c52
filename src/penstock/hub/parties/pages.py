"""The organisation's pages: founding one, its people, addresses and API keys; accepting an invitation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from penstock.hub.core.actors import MANAGE
from penstock.hub.core.errors import DomainError
from penstock.hub.web.addresses import AddressForm
from penstock.hub.web.doors import page

from . import selectors, services
from .auth import ORGANISATION_SESSION_KEY
from .forms import SCOPES, ApiKeyForm, InvitationForm, OrganisationForm, RoleForm
from .models import Address, ApiKey, Member
from .states import Role


@page(methods=("GET", "POST"), organisation=False)
def new_organisation(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organisation = services.register_organisation(user=request.user, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            request.session[ORGANISATION_SESSION_KEY] = organisation.uid
            return redirect("home")
    return render(request, "parties/new_organisation.html", {"form": form})


@page(methods=("POST",))
def switch(request: HttpRequest) -> HttpResponse:
    """Act for another organisation the person belongs to."""
    member = selectors.member_for_user(request.user, request.POST.get("organisation") or None)
    if member is not None:
        request.session[ORGANISATION_SESSION_KEY] = member.organisation.uid
        messages.success(request, _("You now act for %(name)s.") % {"name": member.organisation.name})
    return redirect("home")


@page()
def people(request: HttpRequest) -> HttpResponse:
    return _people(request, InvitationForm())


def _people(request: HttpRequest, form: InvitationForm, link: str = "") -> HttpResponse:
    actor = request.actor
    members = Member.objects.visible_to(actor).filter(organisation_id=actor.organisation_id, is_active=True)
    context = {
        "tab": "people",
        "members": members.select_related("user").order_by("pk"),
        "invitations": selectors.open_invitations(actor).filter(organisation_id=actor.organisation_id),
        "roles": Role.choices,
        "form": form,
        "link": link,
        "may_manage": MANAGE in actor.rights,
    }
    return render(request, "parties/people.html", context)


@page(methods=("POST",))
def invite(request: HttpRequest) -> HttpResponse:
    """The link is shown once, for those who would rather send it themselves; the e-mail carries it too."""
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            invitation, token = services.invite(actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("%(email)s has been invited.") % {"email": invitation.email})
            link = request.build_absolute_uri(reverse("invitation", args=[token]))
            return _people(request, InvitationForm(), link)
    return _people(request, form)


@page(methods=("POST",))
def withdraw_invitation(request: HttpRequest, uid: str) -> HttpResponse:
    services.withdraw_invitation(actor=request.actor, invitation_uid=uid)
    messages.success(request, _("The invitation has been withdrawn; its link no longer works."))
    return redirect("organisation")


@page(methods=("POST",))
def change_role(request: HttpRequest, uid: str) -> HttpResponse:
    form = RoleForm(request.POST)
    if form.is_valid():
        services.change_role(actor=request.actor, member_uid=uid, role=form.cleaned_data["role"])
        messages.success(request, _("The role has been changed."))
    return redirect("organisation")


@page(methods=("POST",))
def remove_member(request: HttpRequest, uid: str) -> HttpResponse:
    services.remove_member(actor=request.actor, member_uid=uid)
    messages.success(request, _("The person no longer belongs to your organisation."))
    return redirect("organisation")


@page(methods=("GET", "POST"), organisation=False)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """A stranger is led through log-in or sign-up and comes back here."""
    if request.method == "POST":
        member = services.accept_invitation(user=request.user, token=token)
        request.session[ORGANISATION_SESSION_KEY] = member.organisation.uid
        messages.success(request, _("Welcome to %(name)s.") % {"name": member.organisation.name})
        return redirect("home")
    return render(request, "parties/invitation.html", {"token": token})


@page(methods=("GET", "POST"))
def addresses(request: HttpRequest) -> HttpResponse:
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_address(actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The address has been added."))
            return redirect("addresses")
    context = {"tab": "addresses", "addresses": selectors.addresses(request.actor).order_by("pk"), "form": form}
    return render(request, "parties/addresses.html", context)


@page(methods=("GET", "POST"))
def address(request: HttpRequest, uid: str) -> HttpResponse:
    """Change an address; orders keep the one they were placed with."""
    held = Address.objects.one(request.actor, uid)
    form = AddressForm(request.POST or None, initial={name: getattr(held, name) for name in AddressForm.base_fields})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_address(actor=request.actor, address_uid=uid, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The address has been changed. Orders already placed keep the old one."))
            return redirect("addresses")
    return render(request, "parties/address.html", {"tab": "addresses", "address": held, "form": form})


@page(methods=("POST",))
def remove_address(request: HttpRequest, uid: str) -> HttpResponse:
    services.remove_address(actor=request.actor, address_uid=uid)
    messages.success(request, _("The address has been removed."))
    return redirect("addresses")


@page(methods=("GET", "POST"))
def api_keys(request: HttpRequest) -> HttpResponse:
    """The token of a new key is shown on this answer and never again: only its hash is kept."""
    form = ApiKeyForm(request.POST or None)
    token = ""
    if request.method == "POST" and form.is_valid():
        try:
            _key, token = services.create_api_key(actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            form = ApiKeyForm()
    keys = ApiKey.objects.visible_to(request.actor).filter(organisation_id=request.actor.organisation_id)
    keys = keys.filter(revoked_at=None).select_related("member__user").order_by("-pk")
    context = {
        "tab": "keys",
        "keys": [(key, [label for scope, label in SCOPES if scope in key.scopes]) for key in keys],
        "form": form,
        "token": token,
        "may_manage": MANAGE in request.actor.rights,
    }
    return render(request, "parties/api_keys.html", context)


@page(methods=("POST",))
def revoke_api_key(request: HttpRequest, uid: str) -> HttpResponse:
    services.revoke_api_key(actor=request.actor, key_uid=uid)
    messages.success(request, _("The key no longer works."))
    return redirect("api-keys")


urlpatterns = [
    path("organisation/new", new_organisation, name="organisation-new"),
    path("organisation/switch", switch, name="organisation-switch"),
    path("organisation/", people, name="organisation"),
    path("organisation/invite", invite, name="invite"),
    path("organisation/invitations/<str:uid>/withdraw", withdraw_invitation, name="invitation-withdraw"),
    path("organisation/members/<str:uid>/role", change_role, name="member-role"),
    path("organisation/members/<str:uid>/remove", remove_member, name="member-remove"),
    path("organisation/addresses/", addresses, name="addresses"),
    path("organisation/addresses/<str:uid>", address, name="address"),
    path("organisation/addresses/<str:uid>/remove", remove_address, name="address-remove"),
    path("organisation/keys/", api_keys, name="api-keys"),
    path("organisation/keys/<str:uid>/revoke", revoke_api_key, name="api-key-revoke"),
    path("invitations/<str:token>", invitation, name="invitation"),
]
