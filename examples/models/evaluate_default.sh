#!/usr/bin/env bash
# Prints, for each validation set, what a model fused with the hints, the model alone and the optimisation engine make of
# the same hints: PSNR@k, B-PSNR, the share of hints that are kept, and more; then how much edge-aware enlargement is
# worth: the model card's figures. No picture is left out, also where it has one hue.
#   examples/models/evaluate_default.sh DATA [WEIGHTS] [counts of hints]
# DATA holds val/SET/, folders of colour pictures, and highres/; build/release the tool and the benchmarks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tool=build/release/examples/icolorit
data=${1:?the folder of the pictures}
weights=${2:-examples/models/icolorit_tiny.safetensors}
counts=("${@:3}")
[ ${#counts[@]} -gt 0 ] || counts=(0 1 2 5 10 20 50 100 200)
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
: >"$out/none"
for set in "$data"/val/*/; do
  "$tool" make-hints --images "$set" --out "$out/hints" --counts "${counts[@]}" --seed 1234 \
    --grey-list "$out/none" 2>/dev/null
  for engine in fusion icolorit optimization; do
    echo "$(basename "$set"), $engine"
    used=()
    [ $engine != optimization ] && used=(--weights "$weights")
    "$tool" infer --images "$set" --hints "$out/hints" --counts "${counts[@]}" --engine $engine "${used[@]}" \
      --out "$out/predictions" --grey-list "$out/none" >"$out/table" 2>/dev/null
    "$tool" evaluate --truth "$set" --pred "$out/predictions" --hints "$out/hints" --grey-list "$out/none" 2>/dev/null
    rm -r "$out/predictions"
  done
  rm -r "$out/hints"
done
build/release/benchmarks/upsampling_quality "$data/highres"
