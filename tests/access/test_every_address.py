"""No member of one organisation reads or changes anything of another: every address, every operation, every role.

The addresses are read off the resolver and the API's description, so a new one is walked as soon as it is there; one
whose parameter has no sample fails the first test.
"""

from __future__ import annotations

import pytest
from access_walk import STRANGER, VISITOR, Walk

from addresses import API, CHANGING, Route, admin_pages, api_paths, components, operations, pages
from furnished import MARK, Network
from penstock.hub.core.actors import Actor
from penstock.hub.core.tenancy import TenantModel
from penstock.hub.parties.models import Organisation

pytestmark = pytest.mark.django_db

# Addresses of the person: allauth's, what is done before belonging anywhere, the own inbox, what was dismissed.
PERSONAL = ("/accounts/", "/i18n/", "/organisation/new", "/organisation/switch", "/inbox/", "/first-order/")
# A link that was shared opens to whoever holds it; strangers may also see the front page and report payments (signed).
LINKS = ("/shared/", f"{API}shared/", "/invitations/")
OPEN = {"/", "/healthz", f"{API}payments/notices/{{provider}}"}

# A sender's own name for what it sends: no row of anybody.
NAMES_NOTHING = {("upload", "key")}

# What may be seen of the furnished firms: (segment, parameter) by role; roles that are not here see nothing.
BUYERS_OWN = {
    ("addresses", "uid"),
    ("api-keys", "uid"),
    ("keys", "uid"),
    ("invitations", "uid"),
    ("invitations", "token"),
    ("members", "uid"),
    ("parts", "uid"),
    ("revisions", "uid"),
    ("of", "uid"),
    ("new", "uid"),
    ("quotes", "uid"),
    ("requests", "uid"),
    ("questions", "uid"),
    ("about", "uid"),
    ("basket", "uid"),
    ("orders", "uid"),
    ("lines", "uid"),
    ("order-lines", "uid"),
    ("payments", "uid"),
    ("sandbox", "reference"),
    ("pay", "reference"),
    ("complaints", "uid"),
    ("statements", "uid"),
    ("shipments", "uid"),
    ("parcels", "uid"),
    ("organisations", "uid"),
}
MAKERS_OWN = {
    ("offers", "uid"),
    ("builds", "uid"),
    ("jobs", "uid"),
    ("operations", "uid"),
    ("machines", "uid"),
    ("blocks", "uid"),
    ("makers", "organisation_uid"),
    ("payouts", "uid"),
    ("revisions", "uid"),
    ("shipments", "uid"),
    ("parcels", "uid"),
}
ENTITLED = {
    STRANGER: set(),
    VISITOR: set(),
    "other buyer": set(),
    "other buyer's key": set(),
    "other maker": set(),
    "carrier": {("shipments", "uid"), ("parcels", "uid")},
    "maker": MAKERS_OWN,
    "owner": BUYERS_OWN,
}
OUTSIDERS = list(ENTITLED)


def every_route() -> list[Route]:
    return [*operations(), *pages()]


def foreign(route: Route, role: str) -> bool:
    """Whether the address names a row that the role has no business with."""
    if not route.parameters or route.path in OPEN or route.path.startswith(PERSONAL):
        return False
    if route.method == "GET" and route.path.startswith(LINKS):
        return False
    return route.parameters[0] not in ENTITLED[role] | NAMES_NOTHING


def test_every_address_has_a_sample_and_every_operation_is_described(network: Network) -> None:
    missing = {each for route in every_route() for each in route.parameters if each not in network.samples}
    assert not missing, "say in furnished.py which row stands for these parameters"
    described = {route.path for route in operations()}
    assert api_paths() - described == {API, f"{API}openapi.json", f"{API}{{anything}}"}


def test_bodies_name_rows_of_the_furnished_firms_wherever_they_name_one(network: Network) -> None:
    missing = {name for name in _body_fields() if name.endswith(("_uid", "_uids"))} - set(network.fields)
    assert not missing, "say in furnished.py which row stands for these fields"


def _body_fields() -> set[str]:
    known = components()
    found: set[str] = set()
    for route in operations():
        for described in route.operation.get("requestBody", {}).get("content", {}).values():
            schema = described["schema"]
            schema = known[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
            found |= set(schema.get("properties", {}))
    return found


# What the network as a whole can make follows from which workshops take work, whoever's they are.
FOLLOWS = {"/workshop/takes-work": {"quotes_capacity"}}
# Where a form is sent; read, it leads back to the page with the form.
LEADS_BACK = {"/checkout/address", "/workshop/address", "/workshop/hours", "/machines/{uid}/block"}


def test_somebody_entitled_reads_every_address(walk: Walk) -> None:
    """Otherwise the refusals below would prove nothing."""
    unread = {}
    for route in every_route():
        if route.method != "GET" or route.path.startswith(PERSONAL):
            continue
        statuses = {role: walk.take(role, route).status for role in ("owner", "maker", "carrier", "operator")}
        read = {200, 204, 405} | ({302} if route.path in LEADS_BACK else set())  # 405: a page that only takes forms
        if not read & set(statuses.values()):
            unread[str(route)] = statuses
    assert not unread


def test_somebody_entitled_gets_past_the_door_of_every_changing_operation(walk: Walk) -> None:
    """A body or a sample that nobody could use would be refused for the wrong reason."""
    stopped = {}
    for route in operations():
        if route.method == "GET":
            continue
        answers = {role: walk.take(role, route) for role in ("owner", "maker", "carrier", "operator")}
        if route.path in OPEN:
            continue
        faulty = any(each.status >= 500 for each in answers.values())
        if faulty or all(each.turned_away_at_the_door for each in answers.values()):
            stopped[str(route)] = {role: str(each) for role, each in answers.items()}
    assert not stopped


@pytest.mark.parametrize("role", OUTSIDERS)
def test_outsiders_read_nothing(walk: Walk, role: str) -> None:
    seen = {}
    for route in every_route():
        if route.method != "GET" or not foreign(route, role):
            continue
        answer = walk.take(role, route)
        if not answer.turned_away and answer.status != 405:
            seen[str(route)] = str(answer)
        elif route.is_api and not answer.is_problem:
            seen[str(route)] = answer.kind
    assert not seen


@pytest.mark.parametrize("role", OUTSIDERS)
def test_outsiders_change_nothing(walk: Walk, role: str) -> None:
    """Whatever they send, only their own rows may have changed; and where the address names a row, they are told no."""
    done = {}
    for route in every_route():
        if route.method not in CHANGING or (ENTITLED[role] and not foreign(route, role)):
            continue
        answer = walk.take(role, route, watch=role)
        if route.path.startswith(PERSONAL):
            continue  # founds or opens something of the person's own
        if set(answer.changed) - FOLLOWS.get(route.path, set()):
            done[str(route)] = answer.changed
        elif foreign(route, role) and not answer.turned_away and answer.status != 405:
            done[str(route)] = str(answer)
    assert not done


@pytest.mark.parametrize("role", ["viewer", "reading key"])
def test_who_may_only_read_changes_nothing(walk: Walk, role: str) -> None:
    done = {}
    for route in every_route():
        if route.method not in CHANGING or route.path.startswith(PERSONAL):
            continue
        answer = walk.take(role, route, watch="")
        if answer.changed:
            done[str(route)] = answer.changed
    assert not done


PAYING = {"place_order", "retry_payment", "begin_payment"}
MANAGING = {
    "invite_member",
    "withdraw_invitation",
    "create_api_key",
    "revoke_api_key",
    "change_member_role",
    "remove_member",
    "change_organisation",
}


def test_a_worker_neither_pays_nor_manages(walk: Walk) -> None:
    """And a purchaser pays but does not manage."""
    mine = {route.name: route for route in operations()}
    for name in PAYING | MANAGING:
        assert walk.take("worker", mine[name], watch="").changed == (), name
        assert walk.take("worker", mine[name]).status == 403, name
    for name in MANAGING:
        assert walk.take("purchaser", mine[name]).status == 403, name
    for name in PAYING:
        assert walk.take("purchaser", mine[name]).status != 403, name


@pytest.mark.parametrize("role", ["other buyer", "other buyer's key", "other maker", STRANGER])
def test_lists_of_others_name_nothing_of_the_furnished_firms(network: Network, walk: Walk, role: str) -> None:
    """Rows are matched by organisation here, not by the tenancy rules that the lists themselves use."""
    secrets = [*_uids(network.actor("owner")), *_uids(network.actor("maker")), MARK]
    assert len(secrets) > 20
    told = {}
    for route in every_route():
        if route.method != "GET" or route.parameters or route.path in (f"{API}openapi.json",):
            continue
        text = walk.take(role, route).content.decode(errors="replace")
        found = [secret for secret in secrets if secret in text]
        if found:
            told[str(route)] = found
    assert not told


def test_lists_of_their_owner_do_name_them(network: Network, walk: Walk) -> None:
    """Otherwise the lists of others would prove nothing."""
    read = "".join(
        walk.take("owner", route).content.decode(errors="replace")
        for route in operations()
        if route.method == "GET" and not route.parameters
    )
    for segment in ("parts", "quotes", "orders", "addresses", "members", "complaints", "requests", "statements"):
        assert network.samples[segment, "uid"] in read, segment


def _uids(actor: Actor) -> list[str]:
    """Public ids of everything that hangs directly on the organisation."""
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    found = [organisation.uid]
    for relation in organisation._meta.related_objects:
        model = relation.related_model
        if issubclass(model, TenantModel) and any(each.name == "uid" for each in model._meta.fields):
            own = model.objects.across_tenants().filter(**{relation.field.name: organisation})
            found += own.values_list("uid", flat=True)
    return found


@pytest.mark.parametrize("role", ["owner", "maker", "carrier", "other buyer", STRANGER])
def test_the_admin_is_closed_to_all_but_the_operator(walk: Walk, network: Network, role: str) -> None:
    samples = {each: "1" for route in admin_pages() for each in route.parameters}
    opened = {}
    for route in admin_pages():
        answer = walk.take(role, route, samples=samples, watch="" if route.method == "POST" else None)
        allowed = "/admin/logout/", "/admin/login/", "/admin/jsi18n/"
        if answer.changed or not (answer.status in (302, 403, 404) or route.path.startswith(allowed)):
            opened[str(route)] = answer.status, answer.changed
    assert not opened


def test_the_operator_enters_the_admin(walk: Walk) -> None:
    refused = {
        str(route): str(answer)
        for route in admin_pages()
        if route.method == "GET" and not route.parameters and route.path.endswith("/")
        for answer in [walk.take("operator", route)]
        if answer.status not in (200, 302, 403) and route.path != "/admin/logout/"
    }
    assert not refused
