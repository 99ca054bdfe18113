# Finds a Python that is new enough and hands the command over to the launcher.
# Sourced by every script in infra/bin, with the command and its arguments.

rempart_root="$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)" || exit 1

rempart_python=""
for candidate in "${REMPART_PYTHON:-}" python3 python3.11 python3.12 python3.13 python3.14; do
    [ -n "$candidate" ] && command -v -- "$candidate" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        rempart_python="$candidate"
        break
    fi
    rempart_found="$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)"
    rempart_older="${rempart_older:-$rempart_found}"
done

if [ -z "$rempart_python" ]; then
    if [ -n "${rempart_older:-}" ]; then
        echo "Rempart needs Python 3.11 or newer, and found only Python $rempart_older." >&2
    else
        echo "Rempart needs Python 3.11 or newer, and found no Python." >&2
    fi
    echo "Install one (Debian 12: apt-get install python3 python3-venv), or name one:" >&2
    echo "    REMPART_PYTHON=/path/to/python3.11 $0" >&2
    exit 1
fi

# The safe path keeps files of the current directory from standing in for Python's own modules.
export PYTHONSAFEPATH=1 PYTHONPATH="$rempart_root"
exec "$rempart_python" -m infra.launcher "$@"
