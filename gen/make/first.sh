# What the Makefile runs first, in its own folder: `python -m gen.make "$@"`, with the virtual
# environment's Python where there is one. Of an installed Smelt: where make is, with the Python that
# it is installed for.
if test -n "$SMELT_CODE"; then
  exec "$SMELT_PYTHON" -P -m gen.make "$@"
fi
cd "$(dirname "$0")/../.." || exit 1
python="$SMELT_MAKE_VENV/bin/python"
if ! test -x "$python"; then
  python="$SMELT_MAKE_PYTHON"
  "$python" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("smelt: error: Python %d.%d is too old; 3.11 or newer is needed: make PYTHON=python3.12 ..." % sys.version_info[:2])' || exit 1
fi
exec "$python" -m gen.make "$@"
