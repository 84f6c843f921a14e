#!/usr/bin/env bash
# All tests: on PostgreSQL, then on SQLite. What the store cannot change is run once, on SQLite: engines, the command line with
# stores of its own, the browser. The three tables that try every page and route with every role, with hostile values and
# with drawn requests run on PostgreSQL, the stricter of the two; on SQLite they run where no PostgreSQL server can start.
set -u
done_there=()
bash scripts/throwaway_postgres.sh bash scripts/tests.sh --ignore tests/engines --ignore tests/cli --ignore tests/browser
case $? in
  0) done_there=(--ignore tests/web/test_access.py --ignore tests/web/test_hostile.py --ignore tests/web/test_fuzz.py) ;;
  75) echo "NOT RUN: tests on PostgreSQL" ;;
  *) exit 1 ;;
esac
exec bash scripts/tests.sh "${done_there[@]}"
