#!/usr/bin/env bash
# All tests: on PostgreSQL, then on SQLite. What the store cannot change runs once, on SQLite: engines, the command line with
# stores of its own, the browser. What runs on PostgreSQL alone where there is one: the three tables that try every page and
# route with every role, with hostile values and with drawn requests; the demo's figures, which SQLite has at full size; and rooms
# that write through the ledger's, the people's and the exchange's verbs, which run on both, as the demo and the browser do.
set -u
once=(tests/engines tests/cli tests/browser)
there=(tests/web/test_access.py tests/web/test_hostile.py tests/web/test_fuzz.py tests/demo/test_figures.py
  tests/dispatch tests/visits tests/briefing tests/works tests/exchange/test_pages.py tests/exchange/test_pool_pages.py)
bash scripts/throwaway_postgres.sh bash scripts/tests.sh "${once[@]/#/--ignore=}"
case $? in
  0) ;;
  75) echo "NOT RUN: tests on PostgreSQL"; there=() ;;
  *) exit 1 ;;
esac
exec bash scripts/tests.sh "${there[@]/#/--ignore=}"
