#!/usr/bin/env bash
# Brings the programs of others that tests speak to, on Debian and Ubuntu: a Chromium, curl, nginx, Python's httpx,
# MariaDB. Where one is missing, its tests are skipped, and named. PostgreSQL comes by npm.
set -euo pipefail

packages=()
command -v chromium chromium-browser google-chrome >/dev/null || packages+=(chromium)
command -v curl >/dev/null || packages+=(curl)
command -v nginx >/dev/null || packages+=(nginx-light)
command -v mariadbd >/dev/null || packages+=(mariadb-server)
/usr/bin/python3 -c "import httpx" 2>/dev/null || packages+=(python3-httpx)
[ ${#packages[@]} = 0 ] && exit 0

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update
# RUNLEVEL=1 keeps nginx from being started as a service.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y --no-install-recommends "${packages[@]}"
