# Compares `mmsim inspect` of a machine's memory with QEMU's `info mem` of that machine.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

dump_bytes=67108864

# dump_image WORDS [TRACE]: runs the image to its end, where QEMU pauses, and dumps the memory.
dump_image() {
    machine_start -m "${dump_bytes}B" -kernel "$image" -append "$1" ${2:+-initrd "$2"}
    machine_wait "$work/serial.log" '^ended: ' &&
        machine_wait "$work/monitor.out" 'paused \(shutdown\)' 'info status' &&
        machine_dump "$dump_bytes"
}

# dump_tables SEED CR4: boots the random page tables of tables.S, and dumps the memory.
dump_tables() {
    $CC -m32 -nostdlib -static -Wl,-Ttext=0x100000 -Wl,--build-id=none -DSEED="$1" -DCR4="$2" \
        -o "$work/tables.elf" "$here/tables.S" || return 1
    machine_start -m 16M -kernel "$work/tables.elf"
    machine_wait "$work/serial.log" '^ready' && machine_stop 'HLT=1' && machine_dump 16777216
}

# pages_have PATTERN: a line of `inspect --pages` matches the pattern.
pages_have() {
    "$PROGRAM" inspect "$work/mem.dump" --cr3 "$cr3" --cr4 "$cr4" --pages >"$work/pages" 2>"$work/mmsim.err"
    has "$work/pages" "$1"
}

check "dumps after a panic of the memory manager" dump_image selftest=panic
check "inspect prints the same as info mem after the panic" same_ranges
check "the direct map has large pages" pages_have '^c0000000-f0000000 .* 00000000  4M +-rw .* global$'
check "inspect names the self-map" pages_have '^fffff000-100000000 .* self-map 1023$'
check "dumps after a panic under kseg0" dump_image 'selftest=panic strategy=kseg0'
check "inspect prints the same as info mem under kseg0" same_ranges
check "kseg0 has large pages" pages_have '^80000000-a0000000 .* 00000000  4M +-rw .* global$'
check "kseg1 has the same frames, uncached" pages_have \
    '^a0000000-c0000000 .* 00000000  4M +-rw .* global, write-through, uncached$'
for strategy in $("$PROGRAM" strategies | awk '/^[^ ]/ { print $1 }'); do
    check "dumps after a replay by $strategy" dump_image "strategy=$strategy" "$small"
    check "inspect prints the same as info mem after a replay by $strategy" same_ranges
done
for seed in 1 2 3; do
    for with_cr4 in 0x10 0; do
        check "dumps random tables, seed $seed, CR4 $with_cr4" dump_tables "$seed" "$with_cr4"
        check "inspect prints the same as info mem, seed $seed, CR4 $with_cr4" same_ranges 1
    done
done
