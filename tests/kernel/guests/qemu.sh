#!/bin/bash
# Boots a guest kernel in QEMU and prints what it writes to its serial line.
#
#     qemu.sh ELF [WORDS]
#
# WORDS go on the kernel's command line. Ends with the value that the kernel wrote to port 0xf4 (0: all checks
# passed), with 100 when QEMU ended in another way, such as a triple fault, and with 124 when the kernel did not
# end: a panic halts, for example. LIMIT is the number of seconds it has, 20 by default.
set -euo pipefail

elf=$1
words=${2:-}
status=0
timeout "${LIMIT:-20}" "${QEMU:-qemu-system-i386}" -accel tcg -m 64 -display none -serial stdio -monitor none \
    -nic none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$elf" -append "$words" \
    </dev/null || status=$?
case $status in
124) exit 124 ;;
*[13579]) exit $(((status - 1) / 2)) ;; # QEMU's status is 2 * value + 1
*) exit 100 ;;
esac
