"""Completes the OpenAPI description with what holds for every operation alike: how it can be refused."""

from __future__ import annotations

from typing import Any

from penstock.hub.core.http import Problem

PROBLEM = "application/problem+json"

REFUSALS = {
    400: "The body cannot be read",
    401: "No valid API key and no session",
    402: "The payment was declined or the credit limit does not cover it",
    403: "The role, the scopes of the key or a missing CSRF token do not allow this",
    404: "No such thing, or not for you",
    409: "Its state does not allow this (any more)",
    413: "The body is too large",
    415: "The body is of another kind than this verb reads",
    422: "What was sent cannot be used as it is",
    500: "A fault on our side",
}
READING = {403, 404, 422, 500}
CHANGING = READING | {400, 409, 413, 415}
# Where money is asked for.
PAYING_TAGS = {"orders", "money"}


def completed(schema: dict[str, Any]) -> dict[str, Any]:
    """The description with refusals declared for each operation and the schema they follow."""
    components = schema["components"]
    components["schemas"]["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["responses"] = {str(status): _refusal(text) for status, text in REFUSALS.items()}
    tags: set[str] = set()
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            tags.update(operation.get("tags", ()))
            operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
            for status in _statuses(method, operation):
                answer = {"$ref": f"#/components/responses/{status}"}
                operation["responses"].setdefault(str(status), answer)
    schema["tags"] = [{"name": tag} for tag in sorted(tags)]
    return schema


def _refusal(text: str) -> dict[str, Any]:
    return {"description": text, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _statuses(method: str, operation: dict[str, Any]) -> list[int]:
    statuses = READING if method == "get" else CHANGING
    if "security" in operation:
        statuses = statuses | {401}
    if method != "get" and PAYING_TAGS.intersection(operation.get("tags", ())):
        statuses = statuses | {402}
    return sorted(statuses)
