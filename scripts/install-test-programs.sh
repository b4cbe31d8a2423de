#!/usr/bin/env bash
# Brings the programs of others that tests speak to, on Debian and Ubuntu: a Chromium, curl, nginx, Python's httpx, and
# the servers of `npm run services`. Where one is missing, its tests are skipped, and named. It comes after `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
command -v chromium chromium-browser google-chrome >/dev/null || packages+=(chromium)
command -v curl >/dev/null || packages+=(curl)
command -v nginx >/dev/null || packages+=(nginx-light)
/usr/bin/python3 -c "import httpx" 2>/dev/null || packages+=(python3-httpx)
[ ${#packages[@]} = 0 ] || scripts/apt-install.sh "${packages[@]}"

npm run services -- install
