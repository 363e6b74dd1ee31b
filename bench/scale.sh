#!/bin/sh
# Measures commands on a trace of 100 million events and on one of a million of the same kind, in every form and from
# every source: seconds, events per second of CPU time, and the peak of memory. Then imports of long logs, and a sweep.
# Called by `make bench-scale`.
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

# as_log FORMAT TRACE: prints the blocks of the trace as lines of the format.
as_log() {
    mmsim convert "$2" - | awk -v format="$1" '
        BEGIN {
            head = " cc1-1000 [000] ..... 1.000000: "
            if (format == "perf") head = "     cc1  1000 [000]     1.000000: kmem:"
            if (format == "trace-cmd") { print "cpus=1"; head = "             cc1-1000  [000]     1.000000: " }
            if (format == "mtrace") print "= Start"
        }
        /^kmalloc/ { site = $NF ~ /^@/ ? substr($NF, 2) : "somewhere" }
        format == "mtrace" && /^kmalloc/   { printf "@ ./a.out:(%s+0x2a)[0x401234] + 0x%x 0x%x\n", site, $2 * 16, $3; next }
        format == "mtrace" && /^kfree/     { printf "@ ./a.out:(main+0x2a)[0x401234] - 0x%x\n", $2 * 16; next }
        format == "valgrind" && /^kmalloc/ { printf "--1234-- malloc(%d) = 0x%X\n", $3, $2 * 16; next }
        format == "valgrind" && /^kfree/   { printf "--1234-- free(0x%X)\n", $2 * 16; next }
        /^kmalloc/ { printf "%skmalloc: call_site=%s ptr=0x%x bytes_req=%d bytes_alloc=%d gfp_flags=GFP_KERNEL\n", head,
                            site, $2 * 16, $3, $3 }
        /^kfree/   { printf "%skfree: call_site=somewhere ptr=0x%x\n", head, $2 * 16 }'
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
for format in ftrace perf trace-cmd mtrace valgrind; do
    as_log $format tenth.mmb >tenth.log
    measure "$(wc -l <tenth.log)" "mmsim import $format tenth.log -o imported.mmb"
done
rm -f tenth.* back.mmb imported.mmb

# A sweep counts the events of its points, but not those of the search for the least RAM.
measure $((16 * 7 * 569340)) "mmsim sweep like.mmb.zst --ram 64M..128M --points 16"
