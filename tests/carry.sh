#!/usr/bin/env bash
# Downloads what tests/run_gpu.sh needs into a folder that can be carried to a machine without internet (Debian).
#   tests/carry.sh FOLDER
set -euo pipefail
folder=$(mkdir -p "$1" && realpath "$1")
packages=$(mktemp -d)
trap 'rm -r "$packages"' EXIT
cd "$packages"
apt-get download libeigen3-dev nlohmann-json3-dev catch2 libcli11-dev libpng-dev libpng16-16 zlib1g-dev zlib1g libjpeg62-turbo-dev \
  libjpeg62-turbo libwebp-dev libwebp7 libwebpdemux2 libwebpmux3 libtiff-dev libtiff6 liblerc4 libjbig0 libdeflate0 \
  liblzma5 libzstd1 liblcms2-dev liblcms2-2
for package in *.deb; do dpkg -x "$package" "$folder"; done
du -sh "$folder"
