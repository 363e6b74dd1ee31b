#!/bin/sh
# Boots the image once and compares its results with the program's. Called by `make test-boot`.
#
# Prints a line for each check, then the sums. Ends with 1 if a check failed.
set -u

here=$(dirname "$0")
# shellcheck source=/dev/null
. "$here/setup.sh"
# shellcheck disable=SC2154  # setup.sh sets work
small=$work/small.mmb
"$PROGRAM" convert "$here/small.mmt" "$small"
compare_trace "$small" 32M
checks_end
