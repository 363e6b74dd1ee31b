# The simulated MMU and the one that the image runs on, which shares no code with it, agree on random
# programs; and a simulator that is wrong on purpose is found out, by a program of a few steps.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

mmu() {
    "$MMU_TOOL" --script "$qemu_sh" --image "$image" --module "$work/mmu.probe" "$@" >"$work/mmu.log" 2>&1
}

# mmu_finds FAULT STEPS: the tool fails, and its program has no more steps.
mmu_finds() {
    mmu --seed 1 --accesses 2000 --break "$1"
    status=$?
    steps=$(sed -n 's/^the shortest program that shows a difference has \([0-9]*\) .*/\1/p' "$work/mmu.log")
    if [ "$status" -ne 1 ] || [ "${steps:-99}" -gt "$2" ]; then
        cat "$work/mmu.log"
        return 1
    fi
    has "$work/mmu.log" "^again: make test-mmu SEED=0x1 CASE=[0-9]+ BREAK=$1\$"
}

check "the MMUs agree on 100,000 accesses" mmu --seed 0x386 --accesses 100000
cat "$work/mmu.log"
check "a simulator that ignores CR0.WP is found" mmu_finds wp 5
check "a simulator that ignores U/S is found" mmu_finds user 5
check "a simulator that sets no D is found" mmu_finds dirty 5

head -c 1000 "$work/mmu.probe" >"$work/short.probe"
check "a damaged program is refused" fails_with '^error: .*short.probe: a damaged program' 64M mmu=short.probe \
    "$work/short.probe"
check "a trace is no program" fails_with '^error: .*small.mmb: not a program for the MMU$' 64M mmu=small.mmb "$small"
check "the arena needs memory" fails_with '^error: .*: no memory where its arena has to be' 32M mmu=mmu.probe \
    "$work/mmu.probe"
