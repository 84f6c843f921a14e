#!/usr/bin/env bash
# Runs all tests on two workers, each file on one of them, so that what a file sets up once is set up
# once. What failed is run once more alone, and only what fails again fails the run. Both runs are printed, so that a test
# that needs a second chance on a crowded machine is seen and mended.
set -u
.venv/bin/pytest -n 3 --no-loadscope-reorder --durations=15 "$@" && exit 0
echo "Once more, alone, what failed above:"
exec .venv/bin/pytest --last-failed --last-failed-no-failures none "$@"
