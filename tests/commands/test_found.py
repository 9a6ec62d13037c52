"""`penstock found`: one operator, one first person, or nothing at all."""

from __future__ import annotations

import argparse

import pytest

from penstock.commands import found
from penstock.errors import OperatorError
from penstock.hub.parties.models import Organisation, User

pytestmark = pytest.mark.django_db


def given(**changes: str) -> argparse.Namespace:
    return argparse.Namespace(
        **{"name": "My Hub", "country": "cn", "email": "me@example.com", "person": "Me"} | changes
    )


def test_the_first_operator_is_founded_and_a_second_is_refused() -> None:
    made = found._found(given(), "long enough and odd")
    user = User.objects.get(email="me@example.com")
    assert Organisation.objects.get(uid=made["organisation"]).is_operator
    assert user.is_staff
    assert user.check_password("long enough and odd")
    with pytest.raises(OperatorError, match="already"):
        found._found(given(email="you@example.com"), "long enough and odd")


@pytest.mark.parametrize(
    ("changes", "password"),
    [({}, "short"), ({"email": "nobody"}, "long enough and odd"), ({"country": "XX"}, "long enough and odd")],
)
def test_what_is_refused_leaves_nothing(changes: dict[str, str], password: str) -> None:
    with pytest.raises(OperatorError):
        found._found(given(**changes), password)
    assert not User.objects.exists()
    assert not Organisation.objects.exists()
