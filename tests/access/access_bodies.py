"""Plausible bodies: what a person who means it would send, naming rows of somebody else wherever a field names one."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from buyers import box_stl

TEXT = "Something plausible"
FORMS = "multipart/form-data"


def arguments(operation: dict[str, Any], components: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of the test client for one operation of the API."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return {}
    (kind, described), *_ = content.items()
    body = _value("", described["schema"], components, fields)
    return {"data": body} if kind == FORMS else {"data": body, "content_type": kind}


def form(components: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """One form with every field that any body of the API knows: pages take from it what they read."""
    filled: dict[str, Any] = {}
    for schema in components.values():
        for name, described in schema.get("properties", {}).items():
            value = _value(name, described, components, fields)
            if isinstance(value, str | int | float | bool) or (isinstance(value, list) and name in fields):
                filled[name] = value
    return filled | {name: value for name, value in fields.items() if value is not None}


def _value(name: str, schema: dict[str, Any], components: dict[str, Any], fields: dict[str, Any]) -> Any:
    if name in fields:
        return fields[name]
    if "$ref" in schema:
        return _value(name, components[schema["$ref"].rsplit("/", 1)[-1]], components, fields)
    for choice in ("anyOf", "allOf", "oneOf"):
        if choice in schema:
            real = [each for each in schema[choice] if each.get("type") != "null"]
            return _value(name, real[0], components, fields)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    return _of_type(schema, components, fields)


def _of_type(schema: dict[str, Any], components: dict[str, Any], fields: dict[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            required = schema.get("required", [])
            return {
                key: _value(key, held, components, fields)
                for key, held in schema.get("properties", {}).items()
                if key in required or fields.get(key) is not None
            }
        case "array":
            return [_value("", schema["items"], components, fields)] if schema.get("items") else []
        case "string" if schema.get("format") == "binary":
            return SimpleUploadedFile("bracket.stl", box_stl())
        case "string" if schema.get("format") == "date":
            return "2026-01-31"
        case "string" if schema.get("format") == "date-time":
            return "2026-01-31T12:00:00+08:00"
        case "string":
            return TEXT[: schema.get("maxLength", 100)]
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
    return {}
