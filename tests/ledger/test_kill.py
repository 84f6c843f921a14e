"""The server dies in the middle of its work: what it had acknowledged is there, and the chains are whole.

The full measure, 20 kills in the middle of 200 transitions, is `benchmarks/faults/kill9.py`; this is its short form.
"""

import os

from benchmarks.faults.kill9 import trial


def test_a_killed_server_loses_nothing_that_it_acknowledged() -> None:
    found = trial(kills=1, transitions=60, database_url=os.environ.get("DATABASE_URL", ""))
    assert found["acknowledged"] >= 15  # the kills came in the middle of work, not before it
    assert found["unheard"] > 0
    assert found["lost"] == []
    assert found["faults"] == []
