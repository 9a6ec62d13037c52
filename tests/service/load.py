"""The demo's load as programs of many firms would make it: all at once, over HTTP, against several web servers.

Every firm's program runs in two threads, one per web server, so that the same verb is asked for twice at the same
moment now and then. A refusal because the other was faster is what the hub promises; any other failure is kept.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterable

from api_client import ApiClient, Refused
from installation import FirmWithKey

from buyers import box_stl

# What the slower of two is told: it is done already or being done, or (by now somebody else's) not to be seen.
SLOWER = {409, 404}
PAUSE_SECONDS = 0.2
QUANTITIES = (1, 3, 5)


class Load:
    """Drives the network until every order placed by it is settled."""

    def __init__(self, addresses: list[str], firms: Iterable[FirmWithKey], *, orders_per_buyer: int) -> None:
        self.addresses = addresses
        self.firms = list(firms)
        self.orders_per_buyer = orders_per_buyer
        self.placed: dict[str, ApiClient] = {}
        self.faults: list[str] = []
        self.slower = 0
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def run(self, *, seconds: float, meanwhile: Callable[[], None]) -> None:
        """Buy, and work everything off; `meanwhile` is called once the first orders are in work."""
        buyers = [
            threading.Thread(target=self._guarded, args=(self._buy, number, firm))
            for number, firm in enumerate(self._of("buyer"))
        ]
        others = [
            threading.Thread(target=self._guarded, args=(self._work, address, kind, verbs))
            for address in self.addresses
            for kind, verbs in self._programs().items()
        ]
        for thread in (*buyers, *others):
            thread.start()
        deadline = time.monotonic() + seconds
        disturbed = False
        while time.monotonic() < deadline and not self.faults:
            if len(self.placed) >= 2 and not disturbed:
                disturbed = True
                meanwhile()
            if not any(buyer.is_alive() for buyer in buyers) and set(self.states().values()) == {"settled"}:
                break
            time.sleep(1)
        self._stop.set()
        for thread in (*buyers, *others):
            thread.join()

    def states(self) -> dict[str, str]:
        """Of every order placed."""
        return {uid: api.get(f"/orders/{uid}")["state"] for uid, api in dict(self.placed).items()}

    def _of(self, kind: str) -> list[FirmWithKey]:
        return [firm for firm in self.firms if kind in firm.kinds]

    def _guarded(self, do: Callable[..., None], *arguments: object) -> None:
        try:
            do(*arguments)
        except Exception:
            self.faults.append(traceback.format_exc())

    def _tried(self, do: Callable[[], object]) -> None:
        try:
            do()
        except Refused as refused:
            if refused.status not in SLOWER:
                raise
            with self._lock:
                self.slower += 1

    # --- the buyer --------------------------------------------------------------------------------

    def _buy(self, number: int, firm: FirmWithKey) -> None:
        apis = [ApiClient(address, firm.token) for address in self.addresses]
        for turn in range(self.orders_per_buyer):
            here, there = apis[turn % 2], apis[(turn + 1) % 2]
            for position, quantity in enumerate(QUANTITIES[: 1 + turn % 2]):
                size = (10 + 3 * number, 12 + 2 * turn, 8 + position)
                self._put_aside(here, there, f"part-{number}-{turn}-{position}.stl", box_stl(*size), quantity)
            order = here.post("/orders", {"ship_to_uid": firm.address_uid, "payment_method": "sandbox"})
            payment = there.get("/payments", order_uid=order["uid"])["items"][0]
            begun = here.post(f"/payments/{payment['uid']}/begin")
            reference = begun["next_url"].rstrip("/").rpartition("/")[2]
            there.post(f"/payments/sandbox/{reference}", {"answer": "approve_and_report_twice"})
            self.placed[order["uid"]] = here

    def _put_aside(self, here: ApiClient, there: ApiClient, filename: str, content: bytes, quantity: int) -> None:
        uid = here.upload("/parts", filename, content)["uid"]
        while (revision := there.get(f"/revisions/{uid}"))["state"] == "uploaded" and not self._stop.is_set():
            time.sleep(PAUSE_SECONDS)
        assert revision["state"] == "ready", revision
        quote = here.post("/quotes", {"revision_uid": uid, "quantities": [quantity]})
        option = next(each for each in quote["options"] if not each["blocked_by"])
        there.post("/basket", {"option_uid": option["uid"], "quantity": quantity})

    # --- those who work ---------------------------------------------------------------------------

    def _programs(self) -> dict[str, Callable[[ApiClient], None]]:
        return {"operator": self._distribute, "maker": self._make, "carrier": self._carry}

    def _work(self, address: str, kind: str, work: Callable[[ApiClient], None]) -> None:
        apis = [ApiClient(address, firm.token) for firm in self._of(kind)]
        while not self._stop.is_set():
            for api in apis:
                work(api)
            time.sleep(PAUSE_SECONDS)

    def _distribute(self, api: ApiClient) -> None:
        if api.get("/pools"):
            self._tried(lambda: api.post("/waves", {"hold_back": False}))

    def _make(self, api: ApiClient) -> None:
        for offer in api.every("/offers", state="open"):
            self._tried(lambda uid=offer["uid"]: api.post(f"/offers/{uid}/accept"))
        for state, verb in (("accepted", "start"), ("running", "finish")):
            for build in api.every("/builds", state=state):
                self._tried(lambda uid=build["uid"], verb=verb: api.post(f"/builds/{uid}/{verb}"))
        for job in api.every("/jobs", state="made"):
            if job["held_here"]:
                self._finish_and_inspect(api, job)
        own_name = api.get("/organisation")["name"]
        for parcel in api.every("/shipments", state="planned"):
            if parcel["from_name"] != own_name:  # on its way here from another workshop
                continue
            self._tried(lambda uid=parcel["uid"]: api.post(f"/shipments/{uid}/hand-over"))

    def _finish_and_inspect(self, api: ApiClient, job: dict) -> None:
        to_finish = [step for step in job["operations"] if step["kind"] == "finish" and step["state"] != "done"]
        for step in to_finish:
            self._tried(lambda uid=step["uid"]: api.post(f"/operations/{uid}/finish"))
        if not to_finish:
            whole = {"passed": job["quantity"]}
            self._tried(lambda: api.post(f"/jobs/{job['uid']}/inspection", whole))

    def _carry(self, api: ApiClient) -> None:
        for state in ("handed_over", "in_transit"):
            for parcel in api.every("/shipments", state=state):
                report = {"reference": f"{parcel['uid']}-arrived", "status": "delivered"}
                self._tried(lambda uid=parcel["uid"], report=report: api.post(f"/shipments/{uid}/tracking", report))
