#!/usr/bin/env bash
# Installs what is missing, builds all tests and runs them; ends with ctest's summary. A second run takes seconds.
#   tests/run.sh [ctest arguments, e.g. -R layers]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake/install_dependencies.sh
jobs=$(nproc)
cmake --preset dev
cmake --build --preset dev -j "$jobs"
ctest --preset dev -j "$jobs" "$@"
