"""One search over what a person may see."""

from __future__ import annotations

from penstock.hub.production.models import Job
from workshops import Network, browser_of


def test_each_side_finds_its_own_things_by_name_and_number(db):
    network = Network.start()
    workshop = network.workshop("Suzhou", "eos-p396")
    offer = network.offered(4)
    job = Job.objects.across_tenants().get()
    maker = browser_of(workshop.maker.organisation)
    buyer = browser_of(network.buyer, "Anna")
    order = job.line.order
    found = maker.get("/search", {"q": job.line.part_name}).content.decode()
    assert f'href="/jobs/{job.uid}"' in found
    assert offer.build.uid in found
    assert f'href="/jobs/{job.uid}"' in maker.get("/search", {"q": job.uid}).content.decode()
    assert f'href="/orders/{order.uid}"' in buyer.get("/search", {"q": order.number}).content.decode()
    assert "Nothing found" in maker.get("/search", {"q": order.number}).content.decode()
    stranger = browser_of(network.workshop("Hangzhou", "eos-p396").maker.organisation, "Wei")
    assert "Nothing found" in stranger.get("/search", {"q": job.line.part_name}).content.decode()


def test_more_than_a_few_lead_to_the_whole_list(db):
    network = Network.start()
    workshop = network.workshop("Suzhou", "eos-p396")
    network.offered(*[1] * 9)
    page = browser_of(workshop.maker.organisation).get("/search", {"q": "Bracket"}).content.decode()
    assert 'href="/jobs/?q=Bracket"' in page
