#!/usr/bin/env bash
# Installs what is missing, builds all tests and runs them; ends with ctest's summary. A second run takes seconds.
#   tests/run.sh [ctest arguments, e.g. -R layers]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake/install_dependencies.sh
jobs=$(nproc)
# Without a GPU the CUDA backend's tests are only compiled: for one architecture and without optimising the host's part.
cuda=(-DCMAKE_CUDA_ARCHITECTURES=90 -DCMAKE_CUDA_FLAGS_RELWITHDEBINFO=-O0)
if nvidia-smi -L >/dev/null 2>&1; then cuda=(-DCMAKE_CUDA_ARCHITECTURES=native -DCMAKE_CUDA_FLAGS_RELWITHDEBINFO=-O2); fi
cmake --preset dev "${cuda[@]}"
cmake --build --preset dev -j "$jobs"
ctest --preset dev -j "$jobs" "$@"
