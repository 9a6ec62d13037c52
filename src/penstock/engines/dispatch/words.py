"""Every reason as a sentence: a template for each code, filled with the reason's own data.

A reason carries a code and numbers; the words are made when somebody reads them. Slots are bare names, so that a
translator's version can order them freely; `FORMATS` says how each number is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

SENTENCES = {
    # nobody can
    "process": "No machine for {process}: {makers} looked at.",
    "excluded": "Declined, or the offer lapsed: {machines} at {makers}.",
    "tags": "Without {tags}: {machines} at {makers}.",
    "material": "Not for {material}: {machines} at {makers}.",
    "too_heavy": "Too weak for a part of {mass_g} g: {machines} at {makers}.",
    "too_large": "Too small for {size} mm: {machines} at {makers}.",
    "finish": "No maker open to this job offers {finish}.",
    "keep_together": "No single maker can make all {jobs} that must stay together.",
    "quantity": "Too many for one build, {quantity} pieces: {machines} looked at.",
    "no_room": "No room for the part beside what is reserved: {machines} looked at.",
    # why here
    "only_one": "The only able machine: {km} km to the buyer.",
    "chosen": "{km} km to the buyer.",
    "least_of": "Least cost of {able} able machines; {km} km to the buyer.",
    "least_cost": "Least cost of {able} able machines: {saved} {currency} less than {other} on {model}; "
    "{km} km to the buyer.",
    "not_least_cost": "{more} {currency} more than {other} on {model} would cost alone, "
    "but the plan as a whole is cheaper so; {km} km to the buyer.",
    "stays": "It stays where the last wave planned it.",
    "share": "{maker} has {given} of the {promised} it was promised.",
    "together": "It goes where the rest of {group} goes: they must stay together.",
    # the build
    "build": "{jobs} of {process} in {material}: {fill} of the chamber, {hours} hours.",
    "own_run": "Made in one run of {hours} hours.",
    "shares_build": "Shares a build with {others}: {fill} full, {hours} hours.",
    "alone": "Alone in its build: {fill} full, {hours} hours.",
    "released_underfilled": "It goes now because a job in it cannot wait any longer.",
    "split": "{quantity} of {total} pieces; the other {elsewhere} are planned apart.",
    # the way
    "finish_elsewhere": "{finish} is done at {maker}, {km} km on: {before} does not offer it.",
    "one_parcel": "Ships in one parcel with {others} of its order.",
    "via": "Its parcel goes through {maker}, where the rest of the order is: {saved} {currency} less.",
    # the date
    "in_time": "Arrives {spare_days} days before it is due.",
    "late": "Arrives {late_days} days late: the machines that could be earlier are taken.",
    "impossible_date": "It is due before anybody could finish it: the earliest possible arrival is {earliest}.",
    "waits": "Waits until {until}: its build is {fill} full, {needed_fill} wanted.",
    "waits_saving": "Waits until {until}: its build is {fill} full; waiting saves {saved} {currency}, "
    "still {spare_days} days early.",
    # why not there
    "at_least": "At least {more} {currency} more.",
    "costs_more": "{more} {currency} more, most of it {part} ({theirs} against {ours}).",
    "costs_less": "{less} {currency} less alone, but moving it costs the others more.",
    "no_place": "No room for it there.",
}

FORMATS = {
    "km": ",.0f", "saved": ",.2f", "more": ",.2f", "less": ",.2f", "theirs": ",.2f", "ours": ",.2f",
    "hours": ".1f", "fill": ".0%", "needed_fill": ".0%", "given": ".0%", "promised": ".0%",
    "spare_days": ".1f", "late_days": ".1f", "mass_g": ".0f", "quantity": ",.0f", "total": ",.0f",
    "elsewhere": ",.0f", "able": ".0f",
}  # fmt: skip
# What is counted is written with its noun: one of it, several.
COUNTED = {
    "machines": ("{n} machine", "{n} machines"),
    "makers": ("{n} maker", "{n} makers"),
    "jobs": ("{n} job", "{n} jobs"),
    "others": ("{n} other job", "{n} other jobs"),
}
MOMENTS = frozenset({"until", "earliest"})


def say(code: str, data: Mapping[str, float | str]) -> str:
    """The sentence of a reason."""
    return SENTENCES[code].format_map({name: _written(name, value) for name, value in data.items()})


def _written(name: str, value: float | str) -> str:
    if isinstance(value, str):
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M}" if name in MOMENTS else value
    if name in COUNTED:
        one, several = COUNTED[name]
        return (one if value == 1 else several).format(n=f"{value:,.0f}")
    return format(value, FORMATS.get(name, ".2f"))
