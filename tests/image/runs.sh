# What the image makes of a trace is what the program makes of it for the memory map that the image prints.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

# without_cost: a run's JSON less what the image does not measure. The host's has an object inside.
without_cost() {
    sed 's/"cost": {[^{}]*\({[^}]*}\)\{0,1\}}, //'
}

# same_run LOG TRACE STRATEGY
same_run() {
    "$PROGRAM" replay "$2" --strategy "$3" --memmap "$1" --json >"$work/host.json" || return 1
    grep "\"strategy\": \"$3\"" "$1" >"$work/image.json"
    digest=$(sed 's/.*"digest": "\([0-9a-f]*\)".*/\1/' "$work/host.json")
    has "$1" "^digest $3 $digest\$" || return 1
    without_cost <"$work/host.json" >"$work/host.run"
    without_cost <"$work/image.json" >"$work/image.run"
    diff "$work/host.run" "$work/image.run"
}

# compare_trace TRACE RAM: one boot, every strategy.
compare_trace() {
    name=$(basename "$1" .mmb)
    check "$name: replays with $2" boot "$work/run.log" "$image" "$2" '' "$1"
    for strategy in $("$PROGRAM" strategies | awk '/^[^ ]/ { print $1 }'); do
        check "$name: $strategy is the same on host and image" same_run "$work/run.log" "$1" "$strategy"
    done
}

# ram_for_trace TRACE: little more than its peak, so that requests fail too.
ram_for_trace() {
    peak=$("$PROGRAM" info "$1" --json | sed 's/.*"peak_live_bytes": \([0-9]*\).*/\1/')
    echo "$((peak / 1048576 + 24))M"
}

small=$work/small.mmb
"$PROGRAM" convert "$here/small.mmt" "$small"
compare_trace "$small" 32M
check "small: brk meets the page in its way" has "$work/run.log" \
    '"strategy": "brk".*"brk_blocked": \{"event": 8,[^}]*"site": "in_the_way"'

# Ring 3 makes the accesses there; with 1 GiB the pages of processes come from HIGH.
processes=$work/processes.mmb
"$PROGRAM" convert "$here/processes.mmt" "$processes"
compare_trace "$processes" 32M
compare_trace "$processes" 1G
check "processes: accesses are turned down" has "$work/run.log" '"strategy": "brk".*"bad_access": 9[,}]'

# Pages of processes in the heap's way.
moves=$work/moves.mmb
"$PROGRAM" convert "$here/moves.mmt" "$moves"
compare_trace "$moves" 32M
check "moves: migrate moves pages of processes" has "$work/run.log" \
    '"strategy": "migrate".*"moves": \{"count": [1-9]'
check "moves: jump steps over them" has "$work/run.log" \
    '"strategy": "jump".*"peak_left_bytes": [1-9]'

one_run() {
    [ "$(grep -c '^digest ' "$work/run.log")" -eq 1 ] && has "$work/run.log" '^digest brk '
}
check "strategy= names one" boot "$work/run.log" "$image" 32M 'trace=small.mmb strategy=brk' "$small"
check "and only that is replayed" one_run
