#!/bin/sh
# Look for input that breaks a target, each for so many seconds. Called by `make fuzz`.
#
#     fuzz.sh FUZZER PROGRAM FOLDER SECONDS [TARGET...]
#
# Seeds are made of the files that the tests have, cut small: FOLDER/seeds. What reaches further stays in
# FOLDER/inputs, where the next run goes on. An input that breaks a target ends the run; it is in FOLDER/found, and
# the command that repeats it is printed.
set -eu

fuzzer=$1
program=$2
folder=$3
seconds=$4
shift 4

inputs_max=4096 # bytes: all of them are read again and again

# A log in pieces of so many lines.
pieces() # NAME LINES FILE...
{
    name=$1
    lines=$2
    shift 2
    mkdir -p "$folder/seeds/$name"
    for file in "$@"; do
        case $file in
        *.xz) xz -dc "$file" ;;
        *) cat "$file" ;;
        esac | head -n 300 | split -l "$lines" - "$folder/seeds/$name/$(basename "$file" .txt.xz)-"
    done
}

# The first events of a recorded trace, in each form.
traces()
{
    mkdir -p "$folder/seeds/trace" "$folder/seeds/records"
    cp tests/cli/data/*.mmt tests/image/*.mmt "$folder/seeds/trace/"
    for recorded in bench/traces/*.mmb.zst; do
        name=$folder/seeds/trace/$(basename "$recorded" .mmb.zst)
        "$program" cut "$recorded" ..60 -o "$name.mmt"
        for form in mmb mmt.zst mmb.xz; do
            "$program" convert "$name.mmt" "$name.$form"
        done
    done
    for text in "$folder"/seeds/trace/*.mmt; do # 64 bytes of header, 8 before the payload, 8 behind it
        "$program" convert "$text" "$folder/seeds/whole.mmb"
        tail -c +73 "$folder/seeds/whole.mmb" | head -c -8 >"$folder/seeds/records/$(basename "$text" .mmt)"
    done
    rm "$folder/seeds/whole.mmb"
    cp -r "$folder/seeds/trace" "$folder/seeds/history"
}

measurements()
{
    mkdir -p "$folder/seeds/series" "$folder/seeds/sweep" "$folder/seeds/memmap"
    trace=tests/cli/data/brk_blocked.mmt
    rm -f "$folder/seeds/sweep/journal"
    "$program" replay $trace --strategy brk --ram 64M --series "$folder/seeds/series/brk" --every 4 >/dev/null 2>&1
    "$program" sweep $trace --ram 16M..32M --strategies brk,zoned --journal "$folder/seeds/sweep/journal" --json \
        >"$folder/seeds/sweep/object" 2>/dev/null
    cp tests/cli/data/*.e820 "$folder/seeds/memmap/"
}

# Guest kernels without debug information; one is longer than inputs_max, and is cut.
kernels()
{
    mkdir -p "$folder/seeds/kernel_elf"
    tests/kernel/guests/build.sh "$folder/guests" low recursive
    for kernel in low recursive; do
        objcopy --strip-all "$folder/guests/$kernel.elf" "$folder/seeds/kernel_elf/$kernel"
    done
}

seeds()
{
    kmem=tests/trace/data/kmem
    rm -rf "$folder/seeds"
    pieces ftrace 25 $kmem/ftrace.txt.xz
    pieces perf 25 $kmem/perf*.txt.xz
    pieces trace-cmd 25 $kmem/trace-cmd*.txt.xz
    pieces mdriver 300 tests/trace/data/*.rep
    pieces mtrace 50 tests/trace/data/heap.mtrace
    pieces oom 300 tests/trace/data/oom/*.txt
    pieces valgrind 40 tests/trace/data/*.valgrind
    traces
    measurements
    kernels
}

fuzz() # TARGET
{
    mkdir -p "$folder/inputs/$1" "$folder/found" "tests/fuzz/corpus/$1" "$folder/seeds/$1"
    echo "$1: $seconds seconds"
    FUZZ_TARGET=$1 "$fuzzer" -max_total_time="$seconds" -max_len=$inputs_max -timeout=20 -rss_limit_mb=1024 \
        -malloc_limit_mb=64 -print_final_stats=1 -artifact_prefix="$folder/found/$1-" \
        "$folder/inputs/$1" "tests/fuzz/corpus/$1" "$folder/seeds/$1" >"$folder/$1.log" 2>&1 ||
        {
            tail -n 40 "$folder/$1.log"
            echo "again: FUZZ_TARGET=$1 $fuzzer $(sed -n 's/^.*Test unit written to //p' "$folder/$1.log")"
            exit 1
        }
    grep -E '^stat::number_of_executed_units|^#[0-9]*.DONE' "$folder/$1.log"
}

# shellcheck disable=SC2046  # names, without blanks
[ $# -gt 0 ] || set -- $(FUZZ_TARGET='' "$fuzzer" 2>&1 | sed 's/^.*://') # it lists them
seeds
for target; do
    fuzz "$target"
done
