# What the image makes of a trace is what the program makes of it: traces of a few events, each for what it shows.
# shellcheck shell=sh disable=SC2154  # setup.sh sets the variables

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
