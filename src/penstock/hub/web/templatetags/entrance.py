"""Gives the inputs of allauth's forms the look of the hub's own."""

from __future__ import annotations

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select

register = template.Library()


@register.simple_tag
def styled(field: BoundField) -> str:
    """The field's input with Bootstrap's class; placeholders go, because the label says the same."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect):
        css = "form-check-input"
    else:
        css = "form-select" if isinstance(widget, Select) else "form-control"
    widget.attrs.pop("placeholder", None)
    return field.as_widget(attrs={"class": f"{css} is-invalid" if field.errors else css})
