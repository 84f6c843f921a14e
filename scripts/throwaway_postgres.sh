#!/usr/bin/env bash
# Runs a command with DATABASE_URL naming a PostgreSQL cluster made for it and thrown away after: throwaway_postgres.sh COMMAND…
# The server refuses to run as root; then it runs as the user postgres. It gathers no statistics by itself: taken while one
# test's rows stand, they mislead the planner in the next, and a page of 5 seconds took 240.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] && [ -x "$bin/initdb" ] || { echo "PostgreSQL's server programs are missing (apt-get install postgresql)."; exit 75; }
folder=$(mktemp -d /tmp/sijin-postgres.XXXXXX)
as=()
if [ "$(id -u)" = 0 ]; then
  id postgres >/dev/null 2>&1 || useradd --system postgres
  chown postgres "$folder"
  as=(runuser -u postgres --)
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
stop() { "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"; }
trap stop EXIT
cd "$folder"
"${as[@]}" "$bin/initdb" -D "$folder/data" -U sijin -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
  -o "-p $port -k $folder -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off" start >/dev/null
cd - >/dev/null
export DATABASE_URL="postgres://sijin@127.0.0.1:$port/postgres"
"$@"
