#!/bin/sh
# Boots the image, and compares its results with the program's. Called by `make test-image`, which passes paths,
# compilers and options in the environment. The arguments are the trace modules to compare.
#
# Prints a line for each check, then the sums. Ends with 1 if a check failed.
set -u

here=$(dirname "$0")
# shellcheck source=/dev/null
. "$here/setup.sh"
# shellcheck source=/dev/null
. "$here/monitor.sh"

# boot_fails LOG IMAGE RAM [WORDS [TRACE]]: the image reports a failure. It does not count if QEMU cannot be started.
boot_fails() {
    boot "$@"
    [ $? -eq 1 ] && has "$1" '^ended: failed$'
}

for part in boot same_files runs errors misuse iso inspect paging mmu; do
    # shellcheck source=/dev/null
    . "$here/$part.sh"
done
for trace in "$@"; do
    compare_trace "$trace" "$(ram_for_trace "$trace")"
done

checks_end
