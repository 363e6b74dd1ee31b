# It boots, finds memory of any size, tests itself, and ends by itself.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

for ram in 32M 512M 1G 3584M; do
    check "boots with $ram" boot "$work/boot.log" "$image" "$ram"
    check "self-test with $ram" has "$work/boot.log" '^selftest: ok$'
    check "memory map with $ram" has "$work/boot.log" '^BIOS-e820: \[mem 0x[0-9a-f]{16}-0x[0-9a-f]{16}\] usable$'
done

# The self-test of the memory map had a frame buffer, and does without one.
check "finds the display" has "$work/boot.log" '^display: memory at 0xfd000000, bytes 0x01000000$'
boot_without_display() {
    timeout "$LIMIT" "${QEMU:-qemu-system-i386}" -kernel "$image" -m 64M -display none -vga none \
        -serial stdio -monitor none </dev/null >"$work/blind.log"
    has "$work/blind.log" '^display: none$' && has "$work/blind.log" '^ended: ok$'
}
check "needs no display" boot_without_display

# No option but the size of memory and where the serial line goes: ACPI ends it.
boot_plain() {
    timeout "$LIMIT" "${QEMU:-qemu-system-i386}" -kernel "$image" -m 64M -display none \
        -serial stdio -monitor none </dev/null >"$work/plain.log"
}
check "ends without isa-debug-exit" boot_plain
check "says so without isa-debug-exit" has "$work/plain.log" '^ended: ok$'
