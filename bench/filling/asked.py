"""What people ask the operator, beside the orders: requests for quotation, technical questions, complaints. One in two
hundred still waits."""

from __future__ import annotations

import random
from datetime import timedelta

from django.utils import timezone

from penstock.hub.orders.models import OrderLine
from penstock.hub.quality.models import Complaint
from penstock.hub.questions.models import Question, QuestionMessage
from penstock.hub.quotes.models import RequestForQuotation, RequestMessage

WAITING = 1 / 200
WORDS = "Holds a pump outdoors at 80 °C under 2 bar; the flange has to stay flat to a tenth of a millimetre. " * 3


def ask(count: int, seed: int) -> None:
    """`count` of each, about lines of the orders there are."""
    pick, now = random.Random(seed), timezone.now()
    lines = list(OrderLine.objects.across_tenants().select_related("order", "revision").order_by("-pk")[:count])
    chosen = [pick.choice(lines) for _ in range(count)]
    waits = [pick.random() < WAITING for _ in chosen]
    at = [now - timedelta(hours=pick.uniform(0, 2000)) for _ in chosen]
    requests = RequestForQuotation.objects.bulk_create(
        RequestForQuotation(
            organisation_id=line.order.organisation_id, revision=line.revision, quantity=line.quantity, need=WORDS,
            state="open" if waiting else "declined", answer="" if waiting else WORDS,
            answered_at=None if waiting else moment,
        )
        for line, waiting, moment in zip(chosen, waits, at, strict=True)
    )  # fmt: skip
    RequestMessage.objects.bulk_create(
        RequestMessage(request=each, by_operator=bool(number % 2), text=WORDS)
        for each in requests
        for number in range(3)
    )
    questions = Question.objects.bulk_create(
        Question(
            organisation_id=line.order.organisation_id, revision=line.revision, line=line, text=WORDS,
            state="open" if waiting else "closed", waits_since=moment,
        )
        for line, waiting, moment in zip(chosen, waits, at, strict=True)
    )  # fmt: skip
    QuestionMessage.objects.bulk_create(
        QuestionMessage(question=each, by_operator=bool(number % 2), text=WORDS)
        for each in questions
        for number in range(3)
    )
    Complaint.objects.bulk_create(
        Complaint(
            organisation_id=line.order.organisation_id, line=line, quantity=1, text=WORDS,
            state="open" if waiting else "rejected", answer="" if waiting else WORDS,
        )
        for line, waiting in zip(chosen, waits, strict=True)
    )  # fmt: skip
