#!/usr/bin/env bash
# Installs what the project needs on Debian or Ubuntu and is not there yet; does nothing, and needs no rights, otherwise.
#   cmake/install_dependencies.sh [further packages]
set -euo pipefail

packages=(build-essential cmake ninja-build ccache libeigen3-dev nlohmann-json3-dev catch2 libcli11-dev libpng-dev
  libjpeg-dev libwebp-dev libtiff-dev liblcms2-dev libcpp-httplib-dev libssl-dev zlib1g-dev libbrotli-dev libbenchmark-dev "$@")

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "This is neither Debian nor Ubuntu: please see to the equivalents of ${packages[*]}." >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing and need root to install: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
