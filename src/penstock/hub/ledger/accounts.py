"""The chart of accounts: what each account is for, kept once for the network or once per organisation.

asset      cash · receivables/<organisation>
liability  held deposits/<organisation> · payables/<organisation> · tax payable
income     platform margin · carriage margin
expense    warranty cost
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from hordak.models import Account, AccountType

from penstock.hub.core.locks import exclusive
from penstock.hub.core.money import network_currency
from penstock.hub.parties.models import Organisation

from .models import BookAccount


@dataclass(frozen=True, slots=True)
class Purpose:
    """One line of the chart. `code` is the first part of the account's full code."""

    name: str
    title: str
    code: str
    type: str
    per_organisation: bool = False


CASH = Purpose("cash", _("Cash"), "100", AccountType.asset)
RECEIVABLES = Purpose("receivables", _("Receivables"), "120", AccountType.asset, per_organisation=True)
HELD = Purpose("held", _("Held deposits"), "200", AccountType.liability, per_organisation=True)
PAYABLES = Purpose("payables", _("Payables"), "220", AccountType.liability, per_organisation=True)
TAX = Purpose("tax", _("Tax payable"), "240", AccountType.liability)
PLATFORM_MARGIN = Purpose("platform_margin", _("Platform margin"), "400", AccountType.income)
CARRIAGE_MARGIN = Purpose("carriage_margin", _("Carriage margin"), "420", AccountType.income)
WARRANTY = Purpose("warranty", _("Warranty cost"), "600", AccountType.expense)

CHART: dict[str, Purpose] = {
    purpose.name: purpose
    for purpose in (CASH, RECEIVABLES, HELD, PAYABLES, TAX, PLATFORM_MARGIN, CARRIAGE_MARGIN, WARRANTY)
}


def book(purpose: Purpose, organisation_id: int | None = None) -> BookAccount:
    """The account kept for this purpose (and organisation); opened when it is first used."""
    if purpose.per_organisation != (organisation_id is not None):
        raise ValueError(f"{purpose.name}: kept {'per organisation' if purpose.per_organisation else 'once'}")
    found = BookAccount.objects.filter(purpose=purpose.name, organisation_id=organisation_id).first()
    return found or _open(purpose, organisation_id)


def lock(purpose: Purpose, organisation_id: int) -> BookAccount:
    """The account, held for this transaction: what is read of its balance stays true until the commit."""
    kept = book(purpose, organisation_id)
    return BookAccount.objects.select_for_update().get(pk=kept.pk)


@transaction.atomic
def _open(purpose: Purpose, organisation_id: int | None) -> BookAccount:
    # Opening moves the tree's other nodes, so one at a time; it happens once per organisation and purpose.
    exclusive("ledger: chart of accounts")
    found = BookAccount.objects.filter(purpose=purpose.name, organisation_id=organisation_id).first()
    if found is not None:
        return found
    currencies = [network_currency()]
    root = Account.objects.filter(parent=None, code=purpose.code).first() or Account.objects.create(
        name=str(purpose.title), code=purpose.code, type=purpose.type, currencies=currencies
    )
    account = root
    if organisation_id is not None:
        name = Organisation.objects.values_list("name", flat=True).get(pk=organisation_id)
        account = Account.objects.create(
            name=name, code=f"{organisation_id:06d}"[-6:], parent=root, currencies=currencies
        )
    return BookAccount.objects.create(purpose=purpose.name, organisation_id=organisation_id, account=account)
