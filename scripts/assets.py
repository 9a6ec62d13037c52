"""Copy the browser libraries named in package.json from node_modules into the hub's static files.

The hub serves everything itself: no page of it loads anything from another machine.  Run by `make setup`
after `npm ci`; needs nothing but the standard library.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "node_modules"
TARGET = ROOT / "src" / "penstock" / "hub" / "web" / "static" / "vendor"

FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "three/build/three.core.js": "three/three.core.js",
    "three/build/three.module.js": "three/three.module.js",
    "three/examples/jsm/controls/OrbitControls.js": "three/OrbitControls.js",
    "three/examples/jsm/loaders/STLLoader.js": "three/STLLoader.js",
}
# Source maps are not shipped, so nothing may point to them.
SOURCE_MAP = re.compile(rb"(?m)^\s*(//|/\*)# sourceMappingURL=\S+\s*(\*/)?\s*$")
# The bare name would need an import map, an inline script that the content security policy forbids.
BARE_IMPORT = re.compile(rb"""from\s+['"]three['"]""")


def main() -> int:
    missing = [name for name in FILES if not (SOURCE / name).is_file()]
    if missing:
        print(f"Missing in node_modules: {', '.join(missing)}. Run npm ci.", file=sys.stderr)
        return 1
    shutil.rmtree(TARGET, ignore_errors=True)
    for source, target in FILES.items():
        content = SOURCE_MAP.sub(b"", (SOURCE / source).read_bytes())
        if target.startswith("three/"):
            content = BARE_IMPORT.sub(b"from './three.module.js'", content)
        path = TARGET / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
