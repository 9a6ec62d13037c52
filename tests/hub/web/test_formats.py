"""Numbers, money and names as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils.translation import override


def rendered(source: str, **values: object) -> str:
    return Template("{% load penstock %}" + source).render(Context(values))


@pytest.mark.parametrize(
    ("source", "value", "shown"),
    [
        ("{{ x|money:'EUR' }}", Decimal("1234.5"), "€1,234.50"),
        ("{{ x|money:'CNY' }}", Decimal("0.005"), "CN¥0.01"),
        ("{{ x|money }}", None, "—"),
        ("{{ x|amount }}", "1234.5", "1,234.50"),
        ("{{ x|amount }}", "nonsense", "—"),
        ("{{ x|size_mm }}", [127, 63.5, 34.9], "127.0 × 63.5 × 34.9 mm"),
        ("{{ x|size_mm }}", [0.044, 0.0139, 0.047], "0.0440 × 0.0139 × 0.0470 mm"),
        ("{{ x|cm3 }}", 8000.0, "8.000 cm³"),
        ("{{ x|cm3 }}", None, "—"),
        ("{{ x|cm3 }}", 6227200.0, "6,227.2 cm³"),
        ("{{ x|cm2 }}", 6200.0, "62.0 cm²"),
        ("{{ x|cm2 }}", 3.2, "3.2 mm²"),
        ("{{ x|country_name }}", "DE", "Germany"),
        ("{{ x|country_name }}", "??", "??"),
        ("{{ x|grams }}", 1250.0, "1.25 kg"),
        ("{{ x|percent_of:25 }}", 5, "20"),
        ("{{ x|percent_of:0 }}", 0, "0"),
        ("{{ x|process_name }}", "sls", "SLS"),
        ("{{ x|process_name }}", "spinning", "spinning"),
        ("{{ x|finish_name }}", "", "As made"),
        ("{{ x|lead_class }}", "express", "Express"),
    ],
)
def test_a_value_is_written_as_people_write_it(source, value, shown):
    assert rendered(source, x=value) == shown


def test_money_follows_the_readers_language():
    with override("zh-hans"):
        assert rendered("{{ x|money:'CNY' }}", x=Decimal("1234.5")) == "¥1,234.50"


def test_a_time_carries_the_exact_one():
    shown = rendered("{% ago x %}", x=datetime(2020, 1, 2, 3, 4, tzinfo=UTC))
    assert 'datetime="2020-01-02T03:04:00+00:00"' in shown
    assert 'title="Jan. 2, 2020, 11:04 a.m."' in shown


def test_a_state_is_a_word_with_a_colour_and_never_markup():
    assert rendered("{% state 'order' 'delivered' %}") == '<span class="badge bg-green-lt text-nowrap">Delivered</span>'
    assert "&lt;b&gt;" in rendered("{% state 'order' x %}", x="<b>")
