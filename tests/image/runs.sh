# The image and the program have the same results on traces of a few events.
# shellcheck shell=sh disable=SC2154  # setup.sh sets the variables

small=$work/small.mmb
"$PROGRAM" convert "$here/small.mmt" "$small"
compare_trace "$small" 32M
check "small: brk is blocked by a page" has "$work/run.log" \
    '"strategy": "brk".*"brk_blocked": \{"event": 8,[^}]*"site": "in_the_way"'

# In the image, the accesses of processes are made in ring 3. With 1 GiB, their pages come from HIGH.
processes=$work/processes.mmb
"$PROGRAM" convert "$here/processes.mmt" "$processes"
compare_trace "$processes" 32M
compare_trace "$processes" 1G
check "processes: bad accesses fail" has "$work/run.log" '"strategy": "brk".*"bad_access": 9[,}]'

# Here, pages of processes are in the heap's way.
moves=$work/moves.mmb
"$PROGRAM" convert "$here/moves.mmt" "$moves"
compare_trace "$moves" 32M
check "moves: migrate moves pages of processes" has "$work/run.log" \
    '"strategy": "migrate".*"moves": \{"count": [1-9]'
check "moves: jump skips pages of processes" has "$work/run.log" \
    '"strategy": "jump".*"peak_left_bytes": [1-9]'

# one_run: the image replayed the trace under brk only.
one_run() {
    [ "$(grep -c '^digest ' "$work/run.log")" -eq 1 ] && has "$work/run.log" '^digest brk '
}
check "strategy= is accepted" boot "$work/run.log" "$image" 32M 'trace=small.mmb strategy=brk' "$small"
check "strategy= chooses the only strategy that runs" one_run
