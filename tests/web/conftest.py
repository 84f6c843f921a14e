"""What the access and fuzz tests count, added up over all processes of the run and printed at its end."""

from collections import Counter

import pytest

from tests.web.worlds import two_worlds


@pytest.fixture
def worlds(db, settings, tmp_path):
    """Two worlds in one campaign; see `tests.web.worlds`."""
    settings.MEDIA_ROOT = tmp_path
    return two_worlds()


def pytest_terminal_summary(terminalreporter) -> None:
    """Print how many checks were made."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        counts.update({name: n for name, n in report.user_properties if name.startswith("count: ")})
    for name, n in sorted(counts.items()):
        terminalreporter.write_line(f"{name.removeprefix('count: ')}: {n:,}")
