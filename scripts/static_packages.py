"""Copies what the pages use from the installed front-end packages into the static files. Run by setup."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "sijin" / "web" / "static" / "vendor"
FILES = {
    "@picocss/pico/css/pico.min.css": "pico.min.css",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
}
ICONS = [
    "building-factory-2",
    "crane",
    "plant-2",
    "building-community",
    "search",
    "menu-2",
    "chevron-right",
    "chevron-down",
    "x",
    "check",
    "download",
    "upload",
    "camera",
    "map-pin",
    "lock",
]

VENDOR.mkdir(parents=True, exist_ok=True)
for source, target in FILES.items():
    shutil.copyfile(PACKAGES / source, VENDOR / target)
(VENDOR / "icons").mkdir(exist_ok=True)
for icon in ICONS:
    shutil.copyfile(PACKAGES / "@tabler/icons/icons/outline" / f"{icon}.svg", VENDOR / "icons" / f"{icon}.svg")
