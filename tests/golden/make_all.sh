#!/usr/bin/env bash
# Writes every golden file anew with the executable specification (specification.py), PyTorch, Pillow and scikit-image.
#   tests/golden/make_all.sh
# Needs python3 with venv, and some gigabytes for PyTorch. Numbers come out the same but for their last bits, which depend
# on the processor and on PyTorch's version, and so do the bytes of PyTorch's zip files: commit only what has a reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

python=build/golden/bin/python
if ! "$python" -c "import torch, numpy, PIL, safetensors, skimage" 2>/dev/null; then
  python3 -m venv build/golden  # an installation that was cut short is taken up again
  "$python" -m pip install --quiet torch numpy 'pillow<13' safetensors scikit-image
fi
for script in tests/golden/make_*.py; do
  echo "$script"
  "$python" "$script"
done
