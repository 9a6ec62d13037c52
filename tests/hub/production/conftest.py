"""The network production's tests start from."""

from __future__ import annotations

import pytest

from workshops import Network


@pytest.fixture
def network(db: None) -> Network:
    """A buyer in Shanghai and one SLS workshop in Suzhou."""
    made = Network.start()
    made.workshop("Suzhou", "eos-p396")
    return made
