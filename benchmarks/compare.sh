#!/usr/bin/env bash
# Builds our side, installs the peers in a virtual environment and prints every paired comparison of RESULTS.md.
#   benchmarks/compare.sh [pairs of each comparison, 30]
# Needs python3 with venv, and some gigabytes for PyTorch.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pairs=${1:-30}
cmake/install_dependencies.sh libdnnl-dev libopenblas-dev
cmake --preset release
cmake --build --preset release -j "$(nproc)" --target icolorit_worker gemm_worker icolorit_tool

python=build/peers/bin/python
if ! "$python" -c "import torch, numpy, PIL, onnx, onnxscript, onnxruntime, openvino" 2>/dev/null; then
  python3 -m venv build/peers  # an installation that was cut short is taken up again
  "$python" -m pip install --quiet torch numpy pillow onnx onnxscript onnxruntime openvino
fi
"$python" - <<'VERSIONS'
from importlib.metadata import version
print(', '.join(f'{name} {version(name)}' for name in ('torch', 'onnxruntime', 'openvino', 'numpy')))
VERSIONS
git log -1 --format='commit %h, %cs'
lscpu | grep 'Model name'

failed=0
for threads in 1 "$(nproc)"; do
  "$python" benchmarks/peers/compare_gemm.py --workers build/release/benchmarks --pairs $(((pairs + 2) / 3)) --threads "$threads" ||
    failed=1
done
compare() {
  "$python" benchmarks/peers/compare.py --worker build/release/benchmarks/icolorit_worker --pairs "$pairs" "$@" || failed=1
}
for network in tiny small base; do
  variant=icolorit_${network}_4ch_patch16_224
  runs=$([ $network = tiny ] && echo 5 || echo 2)
  for peer in eager compile onnxruntime openvino; do
    compare --workload forward --peer $peer --variant $variant --batch 1 --runs "$runs"
  done
  for precision in bf16 int8; do
    compare --workload forward-$precision --peer own-f32 --variant $variant --batch 1 --runs "$runs"
  done
  compare --workload forward-int8 --peer onnxruntime-int8 --variant $variant --batch 1 --runs "$runs"
  "$python" benchmarks/peers/compare_start.py --tool build/release/examples/icolorit --variant $variant || failed=1
done
compare --workload training --variant icolorit_tiny_4ch_patch16_224 --batch 8
compare --workload training --variant icolorit_small_4ch_patch16_224 --batch 4
compare --workload training --variant icolorit_base_4ch_patch16_224 --batch 2
exit $failed
