#!/usr/bin/env bash
# Set up everything on a bare Debian or Ubuntu with Python 3.11 or later: virtual environment, the locked packages,
# this project, and Chromium for the browser tests. Safe to run again: it does only what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

as_root() {  # run a command as root when that is possible without asking
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1
  fi
}

install_debian() {  # install Debian packages when we may
  command -v apt-get >/dev/null || return 1
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null 2>&1 || return 1
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

find_python() {
  local name
  for name in python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s' "$name"; return 0
    fi
  done
  return 1
}

have_browser() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && return 0
  done
  return 1
}

quietly() {  # run a command without its words; show the last of them when it fails
  if ! "$@" >>"$log" 2>&1; then
    tail -n 25 "$log" >&2
    say "Pemasangan gagal; selengkapnya di $log. Perbaiki sebabnya, lalu jalankan 'make setup' lagi."
    exit 1
  fi
}

python=$(find_python || true)
if [ -z "$python" ]; then
  say "Python 3.11 atau lebih baru tidak ada; memasang python3 ..."
  install_debian python3 python3-venv || true
  python=$(find_python || true)
  [ -n "$python" ] || { say "Python 3.11 atau lebih baru diperlukan: pasang dengan 'sudo apt-get install python3 python3-venv'."; exit 1; }
fi

stamp=.venv/.installed
wanted=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ] || ! .venv/bin/python -c '' 2>/dev/null; then
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    say "Modul venv tidak ada; memasang $package ..."
    install_debian "$package" || install_debian python3-venv ||
      { say "Modul venv diperlukan: pasang dengan 'sudo apt-get install $package'."; exit 1; }
  fi
  if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    say "Membuat lingkungan Python di .venv ..."
    "$python" -m venv --clear .venv
  fi
  log=.venv/setup.log
  : >"$log"
  say "Memasang paket dari requirements.lock (beberapa menit pada kali pertama) ..."
  quietly .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
  quietly .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
  printf '%s' "$wanted" >"$stamp"
fi

if [ "${WORKBENCH_WITHOUT_BROWSER:-}" != 1 ] && ! have_browser; then
  say "Chromium tidak ada; memasang (untuk uji di peramban) ..."
  install_debian chromium fonts-dejavu-core || true
  if ! have_browser; then
    say "Chromium tidak dapat dipasang otomatis, dan 'make test' memerlukannya: 'sudo apt-get install chromium', atau Chrome dari situs pembuatnya."
    # A machine that only tests must not pass without the tests in the browser.
    [ "${CI:-}" != true ] || exit 1
  fi
fi
