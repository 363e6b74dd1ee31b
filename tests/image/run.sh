#!/bin/sh
# Boots the image and holds it against the program. Called by `make test-image`, which says in the
# environment what was built with what; the arguments are the trace modules to compare.
#
# One line a check; ends with the sums, and with 1 when a check failed.
set -u

here=$(dirname "$0")
# shellcheck source=/dev/null
. "$here/setup.sh"
# shellcheck source=/dev/null
. "$here/monitor.sh"

# boot_fails LOG IMAGE ...: the image itself says that it failed. QEMU could not be started is no such.
boot_fails() {
    boot "$@"
    [ $? -eq 1 ] && has "$1" '^ended: failed$'
}

for part in boot same_files runs errors misuse iso inspect mmu; do
    # shellcheck source=/dev/null
    . "$here/$part.sh"
done
for trace in "$@"; do
    compare_trace "$trace" "$(ram_for_trace "$trace")"
done

checks_end
