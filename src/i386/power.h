/* The end of the machine. */
#ifndef I386_POWER_H
#define I386_POWER_H

#include <stdbool.h>

/*
 * Print "ended: ok" or "ended: failed", and switch the machine off. Under QEMU with
 *     -device isa-debug-exit,iobase=0xf4,iosize=0x04
 * its exit status says which: 33 for success, 35 for failure; all else (a triple fault with
 * -no-reboot among it) is a failure too. Without that device it is switched off as QEMU's PC is by
 * ACPI, its status is 0 either way, and the line printed has to be read. A machine that has neither
 * halts.
 */
_Noreturn void power_off(bool success);

#endif
