#!/bin/sh
# Makes .venv from the hashed locks. Called by make; safe to run again; says what it does.
set -eu

fail() { echo "setup: $*" >&2; exit 1; }
step() { echo "setup: $* ($(( $(date +%s) - started )) s)"; }
started=$(date +%s)
python=${PYTHON:-python3}

command -v "$python" >/dev/null || fail "needs Python 3.11 or newer: install python3, or set PYTHON"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "needs Python 3.11 or newer, $python is $("$python" -V): set PYTHON to a newer one"

if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        step "installing python3-venv with apt"
        apt-get -qq update && apt-get -qq install -y --no-install-recommends python3-venv >/dev/null
    else
        fail "$python has no venv module: install it (Debian: apt-get install python3-venv)"
    fi
fi

[ -x .venv/bin/python ] || { step "making .venv"; "$python" -m venv .venv; }
step "installing the locked packages into .venv (about 400 MB the first time)"
.venv/bin/python -m pip -q --disable-pip-version-check install --require-hashes -r requirements/uv.txt
.venv/bin/uv pip install -q --python .venv/bin/python --require-hashes -r requirements/dev.txt
.venv/bin/uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e operator -e worker
touch .venv/.ready
step "ready"
