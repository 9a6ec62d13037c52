#!/bin/sh
# Refuse in one sentence when the machine lacks one of the four things `make setup` needs.
set -eu
PYTHON=${PYTHON:-python3}

refuse() {
    echo "penstock: $1" >&2
    exit 1
}

command -v git >/dev/null || refuse "git is missing; install git and run make again."
command -v "$PYTHON" >/dev/null || refuse "Python is missing; install Python 3.11 or newer and run make again."
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    refuse "$("$PYTHON" --version) is too old; install Python 3.11 or newer, or name one with make PYTHON=python3.12."
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
    refuse "this Python has no venv module; install it (on Debian and Ubuntu: apt install python3-venv)."
command -v node >/dev/null || refuse "Node is missing; install Node 20 or newer and run make again."
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' ||
    refuse "Node $(node --version) is too old; install Node 20 or newer."
command -v npm >/dev/null || refuse "npm is missing; install npm (on Debian and Ubuntu: apt install npm)."
