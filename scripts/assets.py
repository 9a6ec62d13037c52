"""Bring the browser libraries named in package.json from node_modules into the hub's static files.

The hub serves everything itself: no page of it loads anything from another machine.  Run by `make setup`
after `npm ci`.  What is small or used whole is copied; of a large library scripts/browser/ names the parts that
the pages use, and esbuild makes one file of those.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "node_modules"
TARGET = ROOT / "src" / "penstock" / "hub" / "web" / "static" / "vendor"

FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
}
# Source maps are not shipped, so nothing may point to them.
SOURCE_MAP = re.compile(rb"(?m)^\s*(//|/\*)# sourceMappingURL=\S+\s*(\*/)?\s*$")
PARTS = ROOT / "scripts" / "browser"
BUNDLER = SOURCE / ".bin" / "esbuild"
BUNDLED_AS = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=eof", "--log-level=warning")


def main() -> int:
    missing = [name for name in (*FILES, ".bin/esbuild") if not (SOURCE / name).is_file()]
    if missing:
        print(f"Missing in node_modules: {', '.join(missing)}. Run npm ci.", file=sys.stderr)
        return 1
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    for source, target in FILES.items():
        (TARGET / target).write_bytes(SOURCE_MAP.sub(b"", (SOURCE / source).read_bytes()))
    for entry in sorted(PARTS.glob("*.js")):
        subprocess.run([BUNDLER, entry, *BUNDLED_AS, f"--outfile={TARGET / entry.name}"], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
