#!/usr/bin/env bash
# Brings the programs of others that tests speak to, on Debian and Ubuntu: a Chromium, curl, nginx, Python's httpx, Python
# with services/python/requirements.txt, and the servers of `npm run services`. Where one is missing, its tests are
# skipped, and named. It comes after `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
command -v chromium chromium-browser google-chrome >/dev/null || packages+=(chromium)
command -v curl >/dev/null || packages+=(curl)
command -v nginx >/dev/null || packages+=(nginx-light)
/usr/bin/python3 -c "import httpx" 2>/dev/null || packages+=(python3-httpx)
python3 -c "import ensurepip" 2>/dev/null || packages+=(python3-venv)
[ ${#packages[@]} = 0 ] || scripts/apt-install.sh "${packages[@]}"

python=${XDG_CACHE_HOME:-$HOME/.cache}/sluice-services/python
[ -x "$python/bin/python" ] || python3 -m venv "$python"
"$python/bin/python" -m pip install --quiet --disable-pip-version-check -r services/python/requirements.txt

npm run services -- install
