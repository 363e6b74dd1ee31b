#!/bin/sh
# Measures commands on a trace of 100 million events and on one of a million of the same kind, in every form and from
# every source: seconds, events per second of CPU time, and the peak of memory. Called by `make bench-scale`.
#
#     scale.sh PROGRAM [EVENTS]
set -eu
program=$1
long=${2:-100000000}
short=1000000
tenth=$((long / 10))
like=bench/traces/gcc_512.mmb.zst

command -v /usr/bin/time >/dev/null || { echo "scale.sh: no /usr/bin/time: install the package time" >&2; exit 1; }
directory=$(mktemp -d "${TMPDIR:-/tmp}/mmsim-scale-XXXXXX")
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' INT TERM
cp "$program" "$directory/mmsim"
cp "$like" "$directory/like.mmb.zst"
cd "$directory"
PATH=.:$PATH

# measure EVENTS COMMAND: runs the command, and prints its row of the table.
measure() {
    events=$1
    shift
    /usr/bin/time -f '%e %U %S %M' -o figures sh -c "$*" >output 2>&1 || { cat output >&2; exit 1; }
    awk -v events="$events" -v command="$*" '{
        cpu = $2 + $3
        printf "%-58s %11d %8.1f %8.1f %8.1f %8.1f\n", command, events, $1, cpu, events / 1e6 / (cpu > 0 ? cpu : 0.01),
               $4 / 1024
    }' figures
}

# as_ftrace TRACE: prints the blocks of the trace as lines of ftrace.
as_ftrace() {
    mmsim convert "$1" - | awk '
        /^kmalloc/ { site = $NF ~ /^@/ ? substr($NF, 2) : "somewhere"
                     printf " cc1-1000 [000] ..... 1.000000: kmalloc: call_site=%s ptr=%016x bytes_req=%d " \
                            "bytes_alloc=%d gfp_flags=GFP_KERNEL node=-1 accounted=false\n", site, $2, $3, $3 }
        /^kfree/   { printf " cc1-1000 [000] ..... 1.000000: kfree: call_site=somewhere ptr=%016x\n", $2 }'
}

printf '%-58s %11s %8s %8s %8s %8s\n' command events seconds 'CPU s' 'M/CPU s' 'peak MiB'
measure $short "mmsim generate churn --like like.mmb.zst --events $short -o short.mmb"
measure "$long" "mmsim generate churn --like like.mmb.zst --events $long -o long.mmb"
measure $short "mmsim replay short.mmb --strategy brk"
measure "$long" "mmsim replay long.mmb --strategy brk"
measure "$long" "cat long.mmb | mmsim replay - --strategy brk"
measure "$long" "mmsim convert long.mmb long.mmb.zst"
measure $short "mmsim convert short.mmb short.mmb.zst"
measure $short "mmsim replay short.mmb.zst --strategy brk"
measure "$long" "mmsim replay long.mmb.zst --strategy brk"
measure "$long" "cat long.mmb.zst | mmsim replay - --strategy brk"
measure "$long" "mmsim info long.mmb"
mmsim generate churn --like like.mmb.zst --events "$tenth" -o tenth.mmb
measure "$tenth" "mmsim convert tenth.mmb tenth.mmb.xz"
measure "$tenth" "mmsim replay tenth.mmb.xz --strategy brk"
measure "$tenth" "mmsim convert tenth.mmb tenth.mmt"
measure "$tenth" "mmsim convert tenth.mmt back.mmb"
measure "$tenth" "mmsim replay tenth.mmt --strategy brk"
as_ftrace tenth.mmb >tenth.ftrace
measure "$(wc -l <tenth.ftrace)" "mmsim import ftrace tenth.ftrace -o imported.mmb"
