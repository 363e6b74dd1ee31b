#!/bin/sh
# Records a workload in Debian's Linux with ftrace, perf and trace-cmd, as bench/traces/capture/capture.sh does it for
# everybody, and imports what they print. Called by `make test-capture`.
#
# One line a check; ends with the sums, and with 1 when a check failed. Says that it skips, when there are no packages.
set -u

here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=/dev/null
. "$here/checks.sh"

# lines_of FORMAT EVENT: how many lines of the log tell of it.
lines_of() {
    grep -c " \(kmem:\)\?$2: " "$work/$1.txt"
}

# imported FORMAT: the log becomes a trace, and nothing was lost.
imported() {
    "$PROGRAM" import "$1" "$work/$1.txt" -o "$work/$1.mmb" 2>"$work/$1.counts" ||
        { cat "$work/$1.counts"; return 1; }
    ! grep -E 'lost|skipped|too far' "$work/$1.counts"
}

# has_objects FORMAT: as many as there are lines of allocations; none fails in so much memory.
has_objects() {
    want=$(($(lines_of "$1" kmalloc) + $(lines_of "$1" kmem_cache_alloc)))
    "$PROGRAM" info "$work/$1.mmb" --json >"$work/info" &&
        [ "$want" -gt 1000 ] && has "$work/info" "\"kmalloc\": *$want\b"
}

# survives FORMAT: a strategy replays it to its end.
survives() {
    "$PROGRAM" replay "$work/$1.mmb" --strategy zoned >"$work/replay" 2>&1 || { cat "$work/replay"; return 1; }
}

"$here/../../bench/traces/capture/capture.sh" "$work"
status=$?
if [ "$status" -eq 2 ]; then
    echo "skipped: there is nothing to record with"
    exit 0
fi
check "a guest leaves the logs" [ "$status" -eq 0 ]
for format in ftrace perf trace-cmd; do
    check "$format: is imported" imported "$format"
    check "$format: each object is there" has_objects "$format"
    check "$format: the trace is replayed" survives "$format"
done
checks_end
