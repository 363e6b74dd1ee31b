#!/bin/sh
# Runs test programs, as many at a time as there are processors. Called by `make test-programs`.
#
#     run.sh WHAT JOBS LOGS PROGRAM...
#
# Each is run under $RUN, if that is set. One that passes is silent; one that fails shows all it said,
# and the command that repeats it. Ends with the sums, and with 1 when one failed.
set -u
unset COLUMNS # a test that needs a width of output sets it

what=$1
jobs=$2
export LOGS="$3"
shift 3
rm -rf "$LOGS"
mkdir -p "$LOGS"

# shellcheck disable=SC2016  # the inner shell's variables
printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' sh -c '
    log=$LOGS/$(echo "$1" | tr / _)
    if ${RUN:-} "$1" >"$log" 2>&1; then rm "$log"; fi' run '{}'

failed=0
for program in "$@"; do
    log=$LOGS/$(echo "$program" | tr / _)
    [ -f "$log" ] || continue
    failed=$((failed + 1))
    cat "$log"
    echo "FAILED: ${RUN:+$RUN }$program"
done
runner=${RUN:-}
echo "$what${runner:+, under ${runner%% *}}"
echo "$(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
