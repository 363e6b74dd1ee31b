/* Ends the image. */
#ifndef I386_POWER_H
#define I386_POWER_H

#include <stdbool.h>

/*
 * Prints "ended: ok" or "ended: failed", and switches the machine off. Under QEMU with
 *     -device isa-debug-exit,iobase=0xf4,iosize=0x04
 * QEMU's exit status is 33 for success and 35 for failure; any other status is a failure too, for
 * example a triple fault with -no-reboot. Without that device the machine is switched off through
 * ACPI; QEMU's exit status is then always 0, and only the printed line tells success from failure.
 * A machine with neither halts.
 */
_Noreturn void power_off(bool success);

#endif
