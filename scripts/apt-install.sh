#!/usr/bin/env bash
# apt-install.sh PACKAGE…: installs packages on Debian and Ubuntu, without those that they recommend, and starts none of
# their servers.
set -euo pipefail

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

"${as_root[@]}" bash -s -- "$@" <<'AS_ROOT'
set -euo pipefail
install() {
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -o DPkg::Lock::Timeout=300 \
    install -y --no-install-recommends "$@" </dev/null
}
# What packages ask before they start a server.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
# The lists of packages may be missing, or older than the packages.
install "$@" || { apt-get update && install "$@"; }
AS_ROOT
