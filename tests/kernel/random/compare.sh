#!/bin/bash
# Compares random instructions in QEMU and under `mmsim kernel`.
#
#     compare.sh SEED CASES [FIRST]
#
# Both boot the same kernel, which makes CASES cases from SEED, from number FIRST on, and prints a hash for every 16.
# Where a hash differs, the first case that does is printed in full. PROGRAM is the mmsim to test (build/mmsim),
# RANDOM_ELF the kernel (build/guests/random.elf, see build.sh).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
seed=$1
cases=$2
first=${3:-0}
program=${PROGRAM:-build/mmsim}
elf=${RANDOM_ELF:-build/guests/random.elf}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run NAME WORDS: NAME.qemu and NAME.mmsim get the outputs.
run() {
    LIMIT=120 "$here/../guests/qemu.sh" "$elf" "seed=$seed $2" >"$work/$1.qemu" || echo "QEMU: status $?" >>"$work/$1.qemu"
    "$program" kernel "$elf" --limit 120 --append "seed=$seed $2" >"$work/$1.mmsim" 2>"$work/stderr" || {
        echo "mmsim: status $?"
        grep -v '^mmsim: note' "$work/stderr"
    } >>"$work/$1.mmsim"
}

# case_of FILE NUMBER: the lines of one case.
case_of() {
    awk -v number="$2" '$1 == "case" { on = $2 == number } on' "$1"
}

run hashes "first=$first cases=$cases"
if cmp -s "$work/hashes.qemu" "$work/hashes.mmsim" && [ "$(tail -n 1 "$work/hashes.qemu")" = "done" ]; then
    exit 0
fi
# The first line that is not the same: cases are printed in order, 16 a line.
line=$(awk 'NR == FNR { lines[FNR] = $0; next } lines[FNR] != $0 { print FNR; exit }' \
    "$work/hashes.qemu" "$work/hashes.mmsim")
group=$((first / 16 * 16 + (${line:-1} - 1) * 16))
run records "first=$group cases=16 verbose=1"
for ((number = group; number < group + 16; number++)); do
    case_of "$work/records.qemu" "$number" >"$work/case.qemu"
    case_of "$work/records.mmsim" "$number" >"$work/case.mmsim"
    cmp -s "$work/case.qemu" "$work/case.mmsim" || break
done
echo "QEMU:"
cat "$work/case.qemu"
echo "mmsim:"
cat "$work/case.mmsim"
echo "what differs, QEMU's first:"
diff "$work/case.qemu" "$work/case.mmsim" || true
echo "again: $0 $seed 16 $group"
exit 1
