#!/bin/sh
# Runs test programs, as many at a time as there are processors. Called by `make test-programs`.
#
#     run.sh WHAT JOBS LOGS PROGRAM...
#
# Each is run under $RUN, if that is set. One that passes is silent; one that fails shows all it said,
# and the command that repeats it. Ends with the programs that took longest, the sums of the tests in the programs, and
# with 1 when one failed.
set -u
unset COLUMNS # a test that needs a width of output sets it

what=$1
jobs=$2
export LOGS="$3"
shift 3
rm -rf "$LOGS"
mkdir -p "$LOGS"

# The name of a program's log; NAME.failed tells that it failed.
log_of() {
    echo "$LOGS/$(echo "$1" | tr / _)"
}

# shellcheck disable=SC2016  # the inner shell's variables
printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' sh -c '
    log=$LOGS/$(echo "$1" | tr / _)
    began=$(date +%s%N)
    ${RUN:-} "$1" >"$log" 2>&1 || : >"$log.failed"
    echo "$((($(date +%s%N) - began) / 1000000)) $1" >>"$LOGS/times"' run '{}'

# A program that failed counts the tests that CMocka says failed in it, or one test, if it ended before it could say.
passed=0
failed=0
for program in "$@"; do
    log=$(log_of "$program")
    # CMocka: "[  PASSED  ] 12 test(s)." and "[  FAILED  ] 1 test(s), listed below:"
    tests_passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
    tests_failed=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
    passed=$((passed + ${tests_passed:-0}))
    [ -e "$log.failed" ] || continue
    failed=$((failed + ${tests_failed:-1}))
    cat "$log"
    echo "FAILED: ${RUN:+$RUN }$program"
done
echo "What took longest, in milliseconds:"
sort -rn "$LOGS/times" | head -n 10
rm -rf "$LOGS"
runner=${RUN:-}
echo "$what${runner:+, under ${runner%% *}}: $# programs"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
