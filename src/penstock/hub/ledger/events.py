"""What the ledger announces. Amounts in payloads are decimal strings in the network's currency."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from penstock.hub.core.journal import kind

# payload: payment_uid, amount, currency, method
PAYMENT_OPENED = kind("ledger.payment_opened", _("Payment of %(amount)s asked for"))
PAYMENT_SUCCEEDED = kind("ledger.payment_succeeded", _("Payment of %(amount)s received"))
PAYMENT_DECLINED = kind("ledger.payment_declined", _("Payment of %(amount)s was declined"))
PAYMENT_EXPIRED = kind("ledger.payment_expired", _("Payment of %(amount)s never arrived"))
# A payment on account succeeds inside the verb that asked for it; nobody has to be told to go on.
CHARGED_TO_ACCOUNT = kind("ledger.charged_to_account", _("%(amount)s charged to your account"))

# payload: refund_uid, payment_uid, amount, currency, reason, to
REFUNDED = kind("ledger.refunded", _("%(amount)s refunded: %(reason)s"))
REFUND_SENT = kind("ledger.refund_sent", _("The refund of %(amount)s is on its way"), on_timeline=False)

# payload: amount, currency, payees
SETTLED = kind("ledger.settled", _("%(amount)s paid out to those who did the work"), on_timeline=False)
# payload: organisation_uid, amount, currency, text
PAYEE_CREDITED = kind("ledger.payee_credited", _("%(amount)s credited: %(text)s"), on_timeline=False)
CHARGED_BACK = kind("ledger.charged_back", _("%(amount)s charged back: %(text)s"), on_timeline=False)

# payload: organisation_uid, amount, currency and what is named below
RECEIVED_ON_ACCOUNT = kind("ledger.received_on_account", _("%(amount)s received"), on_timeline=False)
CREDIT_LIMIT_SET = kind("ledger.credit_limit_set", _("Credit limit set to %(amount)s"), on_timeline=False)
STATEMENT_ISSUED = kind("ledger.statement_issued", _("Statement %(number)s issued"), on_timeline=False)
# payload: number, total, currency
INVOICE_ISSUED = kind("ledger.invoice_issued", _("Invoice %(number)s issued"), on_timeline=False)
PAYOUT_PREPARED = kind("ledger.payout_prepared", _("Payout of %(amount)s prepared"), on_timeline=False)
PAYOUT_PAID = kind("ledger.payout_paid", _("Payout of %(amount)s sent"), on_timeline=False)
PAYOUT_CANCELLED = kind("ledger.payout_cancelled", _("Payout of %(amount)s cancelled"), on_timeline=False)
