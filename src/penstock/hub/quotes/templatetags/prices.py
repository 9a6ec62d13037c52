"""What the price list's form shows in an input."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from penstock.hub.quotes.rates import Rate

register = template.Library()


@register.filter
def typed_in(rate: Rate, typed: Mapping[str, str]) -> str:
    """What was typed for a rate in a form that was refused, else the rate in force."""
    return typed.get(rate.path, rate.text)
