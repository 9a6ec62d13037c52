"""The JSON door of questions: buyers and makers ask, the operator answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from penstock.hub.core.http import Page, Paging, actor_of, answer_once, page

from . import selectors, services
from .schemas import QuestionIn, QuestionOut, QuestionTextIn

router = Router(tags=["questions"])


@router.get("/questions", response=Page[QuestionOut])
def list_questions(request: HttpRequest, paging: Query[Paging], state: str | None = None) -> Any:
    """Technical questions: yours; everybody's for the operator."""
    return page(selectors.questions(actor_of(request), state), paging)


@router.post("/questions", response={201: QuestionOut})
def ask_question(request: HttpRequest, body: QuestionIn) -> Any:
    """Ask something technical about a part, an order line or a job of yours."""
    return _once(request, "ask_question", body, lambda: services.ask(actor=actor_of(request), **body.dict()).uid, 201)


@router.get("/questions/{uid}", response=QuestionOut)
def get_question(request: HttpRequest, uid: str) -> Any:
    return selectors.question(actor_of(request), uid)


@router.post("/questions/{uid}/messages", response={201: QuestionOut})
def say_to_question(request: HttpRequest, uid: str, body: QuestionTextIn) -> Any:
    """Answer (operator) or ask again (who asked)."""

    def do() -> str:
        services.say(actor=actor_of(request), question_uid=uid, text=body.text)
        return uid

    return _once(request, f"say_to_question:{uid}", body, do, 201)


@router.post("/questions/{uid}/take-on", response=QuestionOut)
def take_on_question(request: HttpRequest, uid: str) -> Any:
    """Operator: look after it from now on."""
    services.take_on(actor=actor_of(request), question_uid=uid)
    return selectors.question(actor_of(request), uid)


@router.post("/questions/{uid}/close", response=QuestionOut)
def close_question(request: HttpRequest, uid: str) -> Any:
    """It is settled. Asked again, it opens again."""
    services.close(actor=actor_of(request), question_uid=uid)
    return selectors.question(actor_of(request), uid)


def _once(request: HttpRequest, verb: str, body: Any, do: Callable[[], str], status: int) -> Any:
    """Answer once with the question as it stands then."""

    def run() -> QuestionOut:
        return QuestionOut.from_orm(selectors.question(actor_of(request), do()))

    return answer_once(request, verb, body, run, status=status)
