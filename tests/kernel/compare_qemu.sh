#!/bin/bash
# Boots the guest kernels under `mmsim kernel` and in QEMU, and compares what they print; then runs random instructions,
# and the project's own image, whose results have a digest. Called by `make test-kernel`, which sets BUILD and PROGRAM.
#
# One line a check; ends with the sums, and with 1 when a check failed.
set -u

: "${BUILD:?}" "${PROGRAM:?}"
here=$(dirname "$0")
guests=$BUILD/guests
work=$BUILD/kernel
rm -rf "$work"
mkdir -p "$work"
passed=0
failed=0

# What happens to a stale TLB entry depends on the size of the TLB, and which thread's registers a missing TS mixes up on
# the time of an interrupt: these are not compared.
unequal='no-invlpg no-invlpg-table no-cr3-load table-freed-in-use free-before-switch free-before-flush no-ts'

check() { # NAME, and what must be true
    local name=$1
    shift
    if "$@"; then
        echo "ok      $name"
        passed=$((passed + 1))
    else
        echo "FAILED  $name"
        failed=$((failed + 1))
    fi
}

# A kernel that panics halts, and QEMU would go on: its last line ends it.
in_qemu() { # ELF OUTPUT
    local pid
    : >"$2"
    "$here/guests/qemu.sh" "$1" >"$2" &
    pid=$!
    while kill -0 $pid 2>/dev/null; do
        grep -q '^panic: ' "$2" && sleep 0.3 && pkill -P $pid
        sleep 0.1
    done
    wait $pid 2>/dev/null
}

same_output() { # NAME
    local elf=$guests/$1.elf
    "$PROGRAM" kernel "$elf" >"$work/$1.ours" 2>"$work/$1.report"
    in_qemu "$elf" "$work/$1.qemu" 2>/dev/null
    [ -s "$work/$1.ours" ] && diff <(tr -d '\r' <"$work/$1.qemu") "$work/$1.ours" | head -5 | tee "$work/$1.diff"
    [ ! -s "$work/$1.diff" ]
}

is_unequal() {
    local bug
    for bug in $unequal; do [[ $1 == *-$bug ]] && return 0; done
    return 1
}

for elf in "$guests"/*.elf; do
    name=$(basename "$elf" .elf)
    is_unequal "$name" || check "$name: mmsim and QEMU print the same" same_output "$name"
done

# The image: the same selftest, the same digest. Its map and its module are where QEMU puts them.
digest() { grep -o '"digest": "[0-9a-f]*"' "$1"; }

same_digest() { # STRATEGY
    "$PROGRAM" kernel "$BUILD/mmsim.elf" --ram 32M --append "strategy=$1" \
        --module "$work/small.mmb" --limit 300 >"$work/image.ours" 2>&1
    src/i386/qemu.sh "$BUILD/mmsim.elf" 32M "strategy=$1" "$work/small.mmb" >"$work/image.qemu" 2>&1
    [ -n "$(digest "$work/image.ours")" ] && [ "$(digest "$work/image.ours")" = "$(digest "$work/image.qemu")" ]
}

# Random instructions, in rings 0, 1 and 3: registers, flags, memory, faults.
"$here/random/build.sh" "$work"
check 'random instructions, seed 1, 20,000 cases: they end alike' \
    env RANDOM_ELF="$work/random.elf" PROGRAM="$PROGRAM" "$here/random/compare.sh" 1 20000

"$PROGRAM" convert tests/image/small.mmt "$work/small.mmb"
check "the image's digest is that of QEMU's boot" same_digest brk

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
