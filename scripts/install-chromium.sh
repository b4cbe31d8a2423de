#!/usr/bin/env bash
# Brings a Chromium for the tests in test/runtimes, on Debian and Ubuntu; does nothing where there is one.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
  [ -x "/usr/bin/$name" ] && exit 0
done

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
