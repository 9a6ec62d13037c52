"""Forms that look like the rest of the hub and can show a service's refusal beside what was typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.errors import DomainError

CLASSES = {
    forms.Select: "form-select",
    forms.CheckboxInput: "form-check-input",
    forms.CheckboxSelectMultiple: "form-check-input",
    forms.RadioSelect: "form-check-input",
}


class HubForm(forms.Form):
    """A form rendered field by field with its label, help and errors tied to the input."""

    template_name = "web/form.html"
    required_css_class = "required"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            kind = next((css for widget, css in CLASSES.items() if isinstance(field.widget, widget)), "form-control")
            field.widget.attrs["class"] = f"{field.widget.attrs.get('class', '')} {kind}".strip()

    def add_error(self, field: str | None, error: Any) -> None:
        """Marks the input too. Not at the start: the form that inherits has yet to say what may be chosen."""
        super().add_error(field, error)
        for name in self._errors.keys() & self.fields.keys():
            attrs = self.fields[name].widget.attrs
            if "is-invalid" not in attrs["class"]:
                attrs["class"] += " is-invalid"

    def refuse(self, error: DomainError) -> None:
        """Show a refusal beside the field it is about, or on top."""
        field = error.data.get("field")
        self.add_error(field if field in self.fields else None, str(error.message))


class MessageForm(HubForm):
    """What is said next in a conversation."""

    text = forms.CharField(label=_("Your message"), max_length=4000, widget=forms.Textarea({"rows": 3}))
