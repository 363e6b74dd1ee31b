#!/bin/sh
# Records a workload in Debian's Linux with bench/traces/capture/capture.sh, and imports the logs of ftrace, perf and
# trace-cmd. Called by `make test-capture`.
#
# Prints a line for each check, then the sums. Ends with 1 if a check failed. Skips everything if the packages of Debian
# cannot be fetched.
set -u

here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=/dev/null
. "$here/checks.sh"

# lines_of FORMAT EVENT: the number of lines of the log with this event.
lines_of() {
    grep -c " \(kmem:\)\?$2: " "$work/$1.txt"
}

# imported FORMAT: the log is imported, and no event was lost or skipped.
imported() {
    "$PROGRAM" import "$1" "$work/$1.txt" -o "$work/$1.mmb" 2>"$work/$1.counts" ||
        { cat "$work/$1.counts"; return 1; }
    ! grep -E 'lost|skipped|too far' "$work/$1.counts"
}

# has_objects FORMAT: the trace has as many kmallocs as the log has lines of allocations.
has_objects() {
    want=$(($(lines_of "$1" kmalloc) + $(lines_of "$1" kmem_cache_alloc)))
    "$PROGRAM" info "$work/$1.mmb" --json >"$work/info" &&
        [ "$want" -gt 1000 ] && has "$work/info" "\"kmalloc\": *$want\b"
}

# replayed FORMAT: a strategy replays the trace to its end.
replayed() {
    "$PROGRAM" replay "$work/$1.mmb" --strategy zoned >"$work/replay" 2>&1 || { cat "$work/replay"; return 1; }
}

# pages_by WHO: the pages of processes that this count of the import adds up at the lines rss_stat.
pages_by() {
    tr -d , <"$work/ftrace.counts" | sed -n "s/^ *\([0-9]*\)  pages of processes at the lines rss_stat by $1 count\$/\1/p"
}

# has_processes: the processes of ftrace's log are in the trace, and have the pages that the kernel counted.
has_processes() {
    "$PROGRAM" info "$work/ftrace.mmb" --json >"$work/info" && has "$work/info" '"process": *[1-9]' &&
        has "$work/info" '"touch": *[1-9]' && [ "$(pages_by "the kernel's")" -gt 0 ] &&
        [ "$(pages_by "the kernel's")" -eq "$(pages_by "this import's")" ]
}

"$here/../../bench/traces/capture/capture.sh" "$work"
status=$?
if [ "$status" -eq 2 ]; then
    echo "skipped: the packages of Debian are missing"
    exit 0
fi
check "the guest leaves its logs" [ "$status" -eq 0 ]
for format in ftrace perf trace-cmd; do
    check "$format: the log is imported" imported "$format"
    check "$format: the trace has every object" has_objects "$format"
    check "$format: the trace is replayed" replayed "$format"
done
check "ftrace: the processes have the pages that the kernel counted" has_processes
checks_end
