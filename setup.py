"""Adds to the build what a checkout does not hold: compiled catalogues and the front-end packages' static files."""

import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent


class BuildWithStatic(build_py):
    """Compile every .po and fetch the front-end packages before the files are gathered."""

    def run(self) -> None:
        """Make what is missing, then build as usual; a missing Node is said in words."""
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        for po in (ROOT / "sijin").glob("*/locale/*/LC_MESSAGES/django.po"):
            with po.open("rb") as source, po.with_suffix(".mo").open("wb") as target:
                write_mo(target, read_po(source, locale=po.parts[-3]))
        if not (ROOT / "sijin/web/static/vendor").exists():
            npm = shutil.which("npm")
            if npm is None:
                sys.exit("Building Sijin needs npm for its front-end packages: install Node.js or run `make setup`.")
            subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=ROOT, check=True)
            subprocess.run([sys.executable, "scripts/static_packages.py"], cwd=ROOT, check=True)
        super().run()


setup(cmdclass={"build_py": BuildWithStatic})
