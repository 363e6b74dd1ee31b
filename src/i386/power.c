#include "power.h"

#include "ports.h"
#include "serial.h"

/* QEMU's isa-debug-exit: QEMU exits with 2 * value + 1. */
#define DEBUG_EXIT_PORT 0xf4u
#define EXIT_OK         0x10u
#define EXIT_FAILED     0x11u

/* The PIIX4's PM1a control register, at the port that SeaBIOS assigns. Writing SLP_EN with sleep
   type 0, which means S5 on the PIIX4, switches the machine off. */
#define ACPI_PM1_CONTROL_PORT 0x604u
#define ACPI_SLEEP_ENABLE     0x2000u

_Noreturn void power_off(bool success)
{
    text_put(&serial_out, success ? "ended: ok\n" : "ended: failed\n");
    port_write_32(DEBUG_EXIT_PORT, success ? EXIT_OK : EXIT_FAILED);
    port_write_16(ACPI_PM1_CONTROL_PORT, ACPI_SLEEP_ENABLE);
    for (;;)
        __asm__ volatile("cli; hlt");
}
