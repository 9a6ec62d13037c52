"""Who takes part: people, organisations, what ties them, where they are, and keys for programs."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.ids import UidField
from penstock.hub.core.tenancy import TenantModel

from .states import OrganisationKind, Role


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str) -> User:
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address. What they may do comes from their memberships."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    first_order_dismissed = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may enter the admin"), default=False)
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    get_short_name = get_full_name


class Organisation(models.Model):
    """A firm (or a person trading alone) that takes part, in one or several roles."""

    uid = UidField("org")
    name = models.CharField(_("name"), max_length=200)
    kinds = ArrayField(
        models.CharField(max_length=20, choices=OrganisationKind.choices),
        verbose_name=_("takes part as"),
        default=list,
    )
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO 3166 alpha-2 code"))
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail for documents"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    # Set for a visit: what somebody leaves here before they sign up, claimed by them or swept then.
    visit_until = models.DateTimeField(null=True, editable=False, db_index=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            # One hub has one operator: its accounts, its price book, its desks.
            models.UniqueConstraint(
                models.Value(1),
                name="one_operator",
                condition=models.Q(kinds__contains=[OrganisationKind.OPERATOR.value]),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_operator(self) -> bool:
        return OrganisationKind.OPERATOR in self.kinds


class Member(TenantModel):
    """A person in an organisation, with a role."""

    uid = UidField("mem")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("member")
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.organisation})"


class Invitation(TenantModel):
    """An open door for one e-mail address. Only the hash of its token is kept."""

    uid = UidField("inv")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    state = models.CharField(max_length=20, default="open")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField(_("expires"))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"], name="one_open_invitation", condition=models.Q(state="open")
            )
        ]

    def __str__(self) -> str:
        return self.email


class Address(TenantModel):
    """A place of an organisation, with coordinates found from the city without asking the internet."""

    uid = UidField("adr")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="addresses")
    label = models.CharField(_("label"), max_length=80, blank=True)
    recipient = models.CharField(_("recipient"), max_length=200)
    street = models.CharField(_("street"), max_length=300)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120)
    country = models.CharField(_("country"), max_length=2)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    latitude = models.FloatField(_("latitude"), null=True)
    longitude = models.FloatField(_("longitude"), null=True)
    is_active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("address")
        verbose_name_plural = _("addresses")

    def __str__(self) -> str:
        return f"{self.recipient}, {self.street}, {self.postcode} {self.city}, {self.country}"

    def as_dict(self) -> dict[str, object]:
        """What is copied onto an order or a parcel: later edits of the address do not move them."""
        fields = ("recipient", "street", "postcode", "city", "country", "phone", "latitude", "longitude")
        return {field: getattr(self, field) for field in fields}


class ApiKey(TenantModel):
    """A key for a program, acting in a member's name with at most these scopes. Only its hash is kept."""

    uid = UidField("key")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="api_keys")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("API key")

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
