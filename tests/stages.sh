#!/bin/sh
# Runs the stages that tests/stages lists for a target, one after the other. Called by `make check` and `make test`.
#
#     stages.sh TARGET
#
# A stage is announced before it runs. What it prints goes to BUILD/logs/STAGE.log, and to the screen only if the
# stage fails. Later stages run even if one fails, so that one run shows everything that is wrong. Each stage ends with
# the line `N passed, N failed`, or with `skipped: REASON`; a stage that prints neither counts as one check. The last
# line is the sum of all stages. Ends with 1 if a stage failed.
#
# The environment has BUILD, and two commands to which the name of a stage is added: RUN_STAGE runs the stage now,
# REPEAT_STAGE is what a user types to run it again.
set -u

: "${BUILD:?}" "${RUN_STAGE:?}" "${REPEAT_STAGE:?}"
target=$1
table=$(dirname "$0")/stages
logs=$BUILD/logs
summary=$logs/summary
mkdir -p "$logs"

# stages: the lines of the table for this target.
stages() {
    awk -v target="$target" '!/^#/ && ("," $2 ",") ~ ("," target ",")' "$table"
}

# duration SECONDS: minutes and seconds; 75 is printed as 1:15.
duration() {
    printf '%d:%02d' $(($1 / 60)) $(($1 % 60))
}

# sums LOG STATUS: the numbers of passed and of failed checks of a stage. A stage with a status other than 0 has at
# least one failed check.
sums() {
    awk -v status="$2" '
        /^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; counted = 1 }
        END {
            if (!counted && status == 0)
                passed = 1
            if (!failed && status != 0)
                failed = 1
            print passed + 0, failed + 0
        }' "$1"
}

# run_stage NAME: runs the stage, and adds its line to the summary.
run_stage() {
    log=$logs/$1.log
    began=$(date +%s)
    $RUN_STAGE "$1" >"$log" 2>&1
    status=$?
    seconds=$(($(date +%s) - began))
    # shellcheck disable=SC2046  # two numbers
    set -- "$1" $(sums "$log" $status)
    reason=$(sed -n 's/^skipped: //p' "$log" | tail -n 1)
    if [ $status -ne 0 ]; then
        result=FAILED
        cat "$log"
        echo "FAILED: $REPEAT_STAGE $1"
    elif [ -n "$reason" ]; then
        result=skipped
        set -- "$1" 0 0
        echo "      skipped: $reason"
    else
        result=passed
        echo "      $2 checks passed in $(duration $seconds), $(duration $(($(date +%s) - start))) since the start"
    fi
    printf '%-18s %-8s %7s %7d %7d\n' "$1" $result "$(duration $seconds)" "$2" "$3" >>"$summary"
}

count=$(stages | wc -l)
usual=$(stages | awk '{ sum += $3 } END { print sum }')
start=$(date +%s)
number=0
: >"$summary"
echo "make $target: $count stages, usually $(duration "$usual") minutes on two cores; logs in $logs"
stages >"$logs/stages"
while read -r name _ usual covers; do
    number=$((number + 1))
    echo "[$number/$count] $name, usually $(duration "$usual"): $covers"
    run_stage "$name" </dev/null
done <"$logs/stages"

echo
printf '%-18s %-8s %7s %7s %7s\n' stage result time passed failed
cat "$summary"
echo "elapsed: $(duration $(($(date +%s) - start))); build directory: $(du -sh "$BUILD" | cut -f 1)"
awk '{ passed += $4; failed += $5 } END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' "$summary"
