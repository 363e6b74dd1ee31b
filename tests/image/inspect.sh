# `mmsim inspect` of a machine's memory against QEMU's `info mem` of that machine.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

dump_bytes=67108864

# dump_image WORDS [TRACE]: the image, run to its end, where QEMU pauses.
dump_image() {
    machine_start -m "${dump_bytes}B" -kernel "$image" -append "$1" ${2:+-initrd "$2"}
    machine_wait "$work/serial.log" '^ended: ' &&
        machine_wait "$work/monitor.out" 'paused \(shutdown\)' 'info status' &&
        machine_dump "$dump_bytes"
}

dump_tables() {
    $CC -m32 -nostdlib -static -Wl,-Ttext=0x100000 -Wl,--build-id=none -DSEED="$1" -DCR4="$2" \
        -o "$work/tables.elf" "$here/tables.S" || return 1
    machine_start -m 16M -kernel "$work/tables.elf"
    machine_wait "$work/serial.log" '^ready' && machine_stop 'HLT=1' && machine_dump 16777216
}

# names_in_pages PATTERN: a line of --pages.
names_in_pages() {
    "$PROGRAM" inspect "$work/mem.dump" --cr3 "$cr3" --cr4 "$cr4" --pages >"$work/pages" 2>"$work/mmsim.err"
    has "$work/pages" "$1"
}

check "dumps after a panic of the memory manager" dump_image selftest=panic
check "inspect says what info mem says" same_ranges
check "the direct map is in large pages" names_in_pages '^c0000000-f0000000 .* 00000000  4M +-rw .* global$'
check "the self-map is named" names_in_pages '^fffff000-100000000 .* self-map 1023$'
check "dumps after a panic under kseg0" dump_image 'selftest=panic strategy=kseg0'
check "inspect says what info mem says of the segments" same_ranges
check "kseg0 is in large pages" names_in_pages '^80000000-a0000000 .* 00000000  4M +-rw .* global$'
check "kseg1 is the same, uncached" names_in_pages \
    '^a0000000-c0000000 .* 00000000  4M +-rw .* global, write-through, uncached$'
for strategy in $("$PROGRAM" strategies | awk '/^[^ ]/ { print $1 }'); do
    check "dumps after a replay by $strategy" dump_image "strategy=$strategy" "$small"
    check "inspect says what info mem says after $strategy" same_ranges
done
for seed in 1 2 3; do
    for with_cr4 in 0x10 0; do
        check "dumps tables of numbers $seed with CR4 $with_cr4" dump_tables "$seed" "$with_cr4"
        check "inspect says what info mem says of them" same_ranges 1
    done
done
