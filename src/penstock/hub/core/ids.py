"""Public identifiers: short, unguessable, without look-alike letters, with the kind of thing in front."""

from __future__ import annotations

import secrets
from functools import partial

from django.db import models

# Crockford's base 32 without I, L, O, U: safe to read out on the telephone (https://www.crockford.com/base32.html).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12  # 60 random bits


def new_uid(prefix: str) -> str:
    """A fresh identifier such as `ord_7K3M9QX2V4TB` (60 random bits)."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


class UidField(models.CharField):
    """The public identifier of a row: `UidField("ord")`. Internal keys never leave the house."""

    def __init__(self, prefix: str = "", **kwargs: object) -> None:
        self.prefix = prefix
        kwargs.setdefault("max_length", 24)
        kwargs["unique"] = True
        kwargs["editable"] = False
        kwargs["default"] = partial(new_uid, prefix)
        super().__init__(**kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for implied in ("default", "unique", "editable"):
            kwargs.pop(implied, None)
        return name, path, [self.prefix, *args], kwargs
