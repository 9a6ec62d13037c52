"""The guided first order, in every page's frame."""

from __future__ import annotations

from typing import Any

from django import template

from penstock.hub.web import first_order as steps

register = template.Library()


@register.inclusion_tag("web/first_order.html", takes_context=True)
def first_order(context: dict[str, Any]) -> dict[str, Any]:
    """Nothing where there is no step, and on error pages, which may have no request."""
    request = context.get("request")
    found = steps.step_of(request) if hasattr(request, "member") else None
    return {"csrf_token": context.get("csrf_token"), **(found or {})}
