"""Take the pictures that README and docs show: `make pictures`.

    python scripts/pictures.py [NAME …] [--address http://localhost:8000] [--into docs/pictures]

Starts a fresh demo (or asks the one at `--address`), logs in as each role and photographs its main pages: NAME.webp as
a desktop shows it, NAME-dark.webp in the dark theme, and NAME-phone.webp with both themes side by side on a phone;
README.md beside them shows them all. Needs Debian's chromium.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from penstock.demo.running import Demo, demo

ROOT = Path(__file__).resolve().parent.parent
# 3D without a graphics card.
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
QUALITY = 70
GAP = 16


@dataclass(frozen=True)
class Picture:
    """`path` is opened as `role`, then the first link that each of `follow` finds; what `shown` names is waited for."""

    name: str
    says: str
    role: str
    path: str
    follow: tuple[str, ...] = ()
    shown: str = "main"


PICTURES = (
    Picture("front", "The front door", "", "/"),
    Picture(
        "part",
        "A part with its measurements and the prices of what can make it",
        "buyer",
        "/parts/",
        (".part-card a.stretched-link",),
        ".best",
    ),
    Picture(
        "order",
        "An order: pieces made, shipped and delivered, and what happened",
        "buyer",
        "/orders/",
        ("main tbody tr a",),
    ),
    Picture("maker-today", "A workshop's today: offers, builds, pieces and parcels that wait", "maker", "/"),
    Picture(
        "maker-build",
        "A build: the chamber with every part named, and the checklist",
        "maker",
        "/builds/",
        ("main a[href^='/builds/bld']",),
    ),
    Picture("maker-machine", "A machine with its week", "maker", "/machines/", ("article a",)),
    Picture("operator-today", "The operator's today: what waits at each desk and for how long", "operator", "/"),
    Picture(
        "control-room",
        "The control room: pools, exceptions, workshops and parcels on the map",
        "operator",
        "/desk/control",
    ),
    Picture(
        "quotation",
        "The desk for quotations: the part, the customer, the talk and the answer",
        "operator",
        "/desk/requests/?state=open",
        ("tbody a",),
    ),
    Picture(
        "complaint",
        "The desk for complaints: what is wrong, who made it on what, and the remedy",
        "operator",
        "/desk/complaints/",
        ("tbody a",),
    ),
    Picture("prices", "The price list with its preview over the last hundred quotes", "operator", "/desk/prices/"),
)
PAGE = """# The main pages

As a desktop shows them, in light or dark as your reader is set, and on a phone. Taken by `make pictures`.
{pictures}"""
SHOWN = """
## {says}

<picture><source media="(prefers-color-scheme: dark)" srcset="{name}-dark.webp">
<img src="{name}.webp" alt="{says}"></picture>

![The same on a phone]({name}-phone.webp)
"""


def log_in(browser: Browser, address: str, account: dict[str, str] | None) -> Page:
    """A window of this person; of nobody without an account."""
    page = browser.new_context(base_url=address, locale="en-GB", viewport=DESKTOP).new_page()
    if account:
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill(account["email"])
        page.get_by_label("Password").fill(account["password"])
        page.locator("main form").get_by_role("button", name="Log in").click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)
    return page


def open_page(page: Page, picture: Picture) -> None:
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(picture.path)
    for link in picture.follow:
        page.goto(page.locator(link).first.get_attribute("href"))
    page.locator(picture.shown).first.wait_for()
    page.wait_for_load_state("networkidle")
    # The machine that takes the pictures need not have letters for every language.
    page.evaluate("document.querySelectorAll('.language').forEach((each) => each.remove())")


def photograph(page: Page, picture: Picture, into: Path) -> int:
    """Takes the three files; returns their bytes."""
    open_page(page, picture)
    taken = {}
    for look, size in (("", DESKTOP), ("-phone", PHONE)):
        page.set_viewport_size(size)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.evaluate("window.scrollTo(0, 0)")
            page.wait_for_timeout(400)  # a 3D view draws its next frame
            taken[look, theme] = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    light, dark = taken["-phone", "light"], taken["-phone", "dark"]
    pair = Image.new("RGB", (2 * light.width + GAP, light.height), "white")
    pair.paste(light, (0, 0))
    pair.paste(dark, (light.width + GAP, 0))
    files = {"": taken["", "light"], "-dark": taken["", "dark"], "-phone": pair}
    weight = 0
    for suffix, image in files.items():
        path = into / f"{picture.name}{suffix}.webp"
        image.save(path, "WEBP", quality=QUALITY, method=6)
        weight += path.stat().st_size
    return weight


def take(running: Demo, wanted: list[Picture], into: Path) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        windows: dict[str, Page] = {}
        for picture in wanted:
            page = windows.get(picture.role) or log_in(browser, running.address, running.accounts.get(picture.role))
            windows[picture.role] = page
            print(f"{picture.name:<16} {photograph(page, picture, into) / 1000:6.1f} kB", flush=True)
        browser.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    parser.add_argument("--address", help="of a demo that runs already")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "pictures")
    args = parser.parse_args()
    unknown = set(args.names) - {each.name for each in PICTURES}
    if unknown:
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    wanted = [each for each in PICTURES if not args.names or each.name in args.names]
    args.into.mkdir(parents=True, exist_ok=True)
    with demo(args.address) as running:
        take(running, wanted, args.into)
    shown = "".join(SHOWN.format(name=each.name, says=each.says) for each in PICTURES)
    (args.into / "README.md").write_text(PAGE.format(pictures=shown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
