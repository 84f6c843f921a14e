#!/usr/bin/env bash
# All tests, each on at least one store. On PostgreSQL, the stricter one, all but what no store can change. On SQLite then engines,
# the command line, the browser and the demo with all its people and a thirtieth of its visits, which go through every room's verbs,
# and whatever locks or loses rows. All on both, and all visits: SIJIN_BOTH=1 make test. Where no PostgreSQL server can start, everything runs on SQLite.
set -u
free=(tests/engines tests/cli tests/browser)
here=("${free[@]}" tests/demo tests/ledger/test_kill.py tests/exchange/test_concurrency.py
  tests/exchange/test_clearing_concurrency.py)
there=("${free[@]}" tests/demo tests/ledger/test_kill.py) # a minute each: on both with SIJIN_BOTH=1
[ -z "${SIJIN_BOTH:-}" ] || there=("${free[@]}")
bash scripts/throwaway_postgres.sh bash scripts/tests.sh "${there[@]/#/--ignore=}"
case $? in
  0) ;;
  75) echo "NOT RUN: tests on PostgreSQL"; here=() ;;
  *) exit 1 ;;
esac
[ -z "${SIJIN_BOTH:-}" ] || here=()
exec bash scripts/tests.sh "${here[@]}"
