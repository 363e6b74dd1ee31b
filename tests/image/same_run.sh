# Compares the results of the image with those of the program on the memory map that the image prints.
# shellcheck shell=sh disable=SC2154  # setup.sh sets the variables

# without_cost: removes "cost", which the image does not measure, from the JSON of a replay. On the host, "cost" has an
# object within it.
without_cost() {
    sed 's/"cost": {[^{}]*\({[^}]*}\)\{0,1\}}, //'
}

# same_run LOG TRACE STRATEGY: the program has the digest and the JSON that the image printed in the log.
same_run() {
    "$PROGRAM" replay "$2" --strategy "$3" --memmap "$1" --json >"$work/host.json" || return 1
    grep "\"strategy\": \"$3\"" "$1" >"$work/image.json"
    digest=$(sed 's/.*"digest": "\([0-9a-f]*\)".*/\1/' "$work/host.json")
    has "$1" "^digest $3 $digest\$" || return 1
    without_cost <"$work/host.json" >"$work/host.run"
    without_cost <"$work/image.json" >"$work/image.run"
    diff "$work/host.run" "$work/image.run"
}

# compare_trace TRACE RAM: boots once, and compares the results of every strategy.
compare_trace() {
    name=$(basename "$1" .mmb)
    check "$name: replays with $2" boot "$work/run.log" "$image" "$2" '' "$1"
    for strategy in $("$PROGRAM" strategies | awk '/^[^ ]/ { print $1 }'); do
        check "$name: $strategy is the same on host and image" same_run "$work/run.log" "$1" "$strategy"
    done
}

# ram_for_trace TRACE: prints a size a little above the peak of the trace, so that some requests fail.
ram_for_trace() {
    peak=$("$PROGRAM" info "$1" --json | sed 's/.*"peak_live_bytes": \([0-9]*\).*/\1/')
    echo "$((peak / 1048576 + 24))M"
}
