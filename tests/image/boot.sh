# The image boots with any size of memory, finds this size, passes its self-test, and turns the machine off.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

for ram in 32M 512M 1G 3584M; do
    check "boots with $ram" boot "$work/boot.log" "$image" "$ram"
    check "self-test with $ram" has "$work/boot.log" '^selftest: ok$'
    check "memory map with $ram" has "$work/boot.log" '^BIOS-e820: \[mem 0x[0-9a-f]{16}-0x[0-9a-f]{16}\] usable$'
done

# The boots above had a display. This one has none, so there is no frame buffer.
check "finds the display" has "$work/boot.log" '^display: memory at 0xfd000000, bytes 0x01000000$'
boot_without_display() {
    timeout "$LIMIT" "${QEMU:-qemu-system-i386}" -kernel "$image" -m 64M -display none -vga none \
        -serial stdio -monitor none </dev/null >"$work/no_display.log"
    has "$work/no_display.log" '^display: none$' && has "$work/no_display.log" '^ended: ok$'
}
check "needs no display" boot_without_display

# Without the device isa-debug-exit, the image turns the machine off through ACPI.
boot_plain() {
    timeout "$LIMIT" "${QEMU:-qemu-system-i386}" -kernel "$image" -m 64M -display none \
        -serial stdio -monitor none </dev/null >"$work/plain.log"
}
check "turns the machine off without isa-debug-exit" boot_plain
check "reports its end without isa-debug-exit" has "$work/plain.log" '^ended: ok$'
