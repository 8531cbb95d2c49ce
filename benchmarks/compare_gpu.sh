#!/usr/bin/env bash
# Builds our side and prints, on one GPU: the ceilings of matrix products and copies, ours against PyTorch (eager and
# compile), and the GPU against the CPU, for inference and training: the GPU tables of RESULTS.md.
#   benchmarks/compare_gpu.sh [folder of carried dependencies, see tests/carry.sh] [pairs of each comparison, 30]
# Needs a python3 that has PyTorch with CUDA and numpy; nothing is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

carried=${1:-}
pairs=${2:-30}
if ! command -v nvidia-smi >/dev/null; then
  echo "compare_gpu: there is no NVIDIA GPU here" >&2
  exit 1
fi
architecture=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -1 | tr -d .)
options=(-DICOLORIT_CUDA=ON "-DCMAKE_CUDA_ARCHITECTURES=$architecture" -DCMAKE_BUILD_TYPE=Release
  -DICOLORIT_BUILD_TESTS=OFF -DICOLORIT_BUILD_EXAMPLES=OFF)
if [ -n "$carried" ]; then
  carried=$(realpath "$carried")
  options+=("-DCMAKE_PREFIX_PATH=$carried/usr")
  export LD_LIBRARY_PATH="$carried/usr/lib/x86_64-linux-gnu:$carried/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}"
fi
cmake -S . -B build/gpu_benchmarks -G Ninja "${options[@]}"
cmake --build build/gpu_benchmarks -j "$(nproc)" --target icolorit_worker icolorit_gpu_worker

nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
git log -1 --format='commit %h, %cs' 2>/dev/null || true
python3 -c "import torch; print('PyTorch', torch.__version__)"
for precision in f32 bf16 f16; do
  echo "ceilings in $precision: $(python3 benchmarks/peers/peer_worker.py ceilings $precision) (TFLOP/s, GB/s)"
done

workers=build/gpu_benchmarks/benchmarks
failed=0
compare() {
  python3 benchmarks/peers/compare.py --worker $workers/icolorit_gpu_worker --cpu-worker $workers/icolorit_worker \
    --pairs "$pairs" "$@" || failed=1
}
for network in tiny base small; do
  variant=icolorit_${network}_4ch_patch16_224
  for peer in eager compile; do
    compare --workload forward --peer $peer --variant $variant --gpu bf16 --batch 1 --runs 20
    compare --workload forward --peer $peer --variant $variant --gpu bf16 --batch 256
    compare --workload training --peer $peer --variant $variant --gpu bf16 --batch 128
  done
  compare --workload forward --peer own-cpu --variant $variant --gpu bf16 --batch 1
  compare --workload forward --peer own-cpu --variant $variant --gpu f32 --batch 1
done
exit $failed
