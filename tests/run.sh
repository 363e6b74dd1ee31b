#!/bin/sh
# Runs test programs, as many at a time as there are processors. Called by `make test-programs`.
#
#     run.sh VARIANT JOBS LOGS PROGRAM...
#
# If the variable RUN is set, it is a command that runs each program, such as Valgrind. The output of a program is
# printed only if the program fails, followed by the command that repeats it. The last lines are the programs that took
# longest, and the sums of all tests. Ends with 1 if a program failed.
set -u
unset COLUMNS # a test that depends on the width of output sets it

variant=$1
jobs=$2
export LOGS="$3"
shift 3
rm -rf "$LOGS"
mkdir -p "$LOGS"

# log_of PROGRAM: the name of its log. If the program failed, there is also a file NAME.failed.
log_of() {
    echo "$LOGS/$(echo "$1" | tr / _)"
}

# shellcheck disable=SC2016  # the inner shell expands the variables
printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' sh -c '
    log=$LOGS/$(echo "$1" | tr / _)
    began=$(date +%s%N)
    ${RUN:-} "$1" >"$log" 2>&1 || : >"$log.failed"
    echo "$((($(date +%s%N) - began) / 1000000)) $1" >>"$LOGS/times"' run '{}'

# A program that failed counts as the number of failed tests that CMocka prints, or as one if CMocka printed none.
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
echo "The slowest programs, in milliseconds:"
sort -rn "$LOGS/times" | head -n 10
rm -rf "$LOGS"
runner=${RUN:-}
echo "$variant${runner:+, under ${runner%% *}}: $# programs"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
