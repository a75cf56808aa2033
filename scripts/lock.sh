#!/usr/bin/env bash
# Renew requirements.lock (and environment.yml, which is made from it) from pyproject.toml.
# Needs `uv` on the PATH. Index addresses are left out on purpose: the lock serves any index.
set -euo pipefail
cd "$(dirname "$0")/.."
uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate \
  --group dev pyproject.toml -o requirements.lock
python3 scripts/environment_file.py
