# The simulated MMU and the MMU that the image runs on, which share no code, agree on random programs. If the simulator
# is made wrong on purpose, a program of a few steps shows the difference.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

# mmu OPTION...: runs the tool of tests/mmu.
mmu() {
    "$MMU_TOOL" --script "$qemu_sh" --image "$image" --module "$work/mmu.probe" "$@" >"$work/mmu.log" 2>&1
}

# mmu_finds FAULT STEPS: the tool finds the fault, and shows a program of at most so many steps.
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
check "a trace is refused as a program" \
    fails_with '^error: .*small.mmb: not a program for the MMU$' 64M mmu=small.mmb "$small"
check "too little memory for the arena is refused" \
    fails_with '^error: .*: no memory where its arena has to be' 32M mmu=mmu.probe "$work/mmu.probe"
