#!/usr/bin/env bash
# Builds the CUDA backend's tests on a machine with a GPU and runs them, then again under compute-sanitizer.
#   tests/run_gpu.sh [folder of carried dependencies] [CUDA architecture, 90]
# A machine without internet takes Eigen, Catch2 and the picture libraries from a folder that tests/carry.sh filled.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

carried=${1:-}
architecture=${2:-90}
options=(-DICOLORIT_CUDA=ON "-DCMAKE_CUDA_ARCHITECTURES=$architecture" -DCMAKE_BUILD_TYPE=Release
  -DICOLORIT_BUILD_BENCHMARKS=OFF)
if [ -n "$carried" ]; then
  carried=$(realpath "$carried")
  options+=("-DCMAKE_PREFIX_PATH=$carried/usr")
  export LD_LIBRARY_PATH="$carried/usr/lib/x86_64-linux-gnu:$carried/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}"
fi
cmake -S . -B build/gpu -G Ninja "${options[@]}"
cmake --build build/gpu -j "$(nproc)" --target cuda_tests

export ICOLORIT_REQUIRE_GPU=1
status=0
ctest --test-dir build/gpu -L cuda --output-on-failure || status=1
for tool in memcheck racecheck; do
  compute-sanitizer --tool $tool --error-exitcode 1 build/gpu/tests/cuda/cuda_tests "[ops]" || status=1
done
exit $status
