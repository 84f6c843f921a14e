#!/usr/bin/env bash
# All tests: on PostgreSQL but for the engines', then on SQLite. The two tables that try every page with every role and with
# hostile values run on PostgreSQL, the stricter of the two; on SQLite they run where no PostgreSQL server can be started.
set -u
done_there=()
bash scripts/throwaway_postgres.sh bash scripts/tests.sh --ignore tests/engines
case $? in
  0) done_there=(--ignore tests/web/test_access.py --ignore tests/web/test_hostile.py) ;;
  75) echo "NOT RUN: tests on PostgreSQL" ;;
  *) exit 1 ;;
esac
exec bash scripts/tests.sh "${done_there[@]}"
