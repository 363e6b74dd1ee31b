/*
 * The data that a PC's firmware leaves in memory: interrupt vectors and data area of the BIOS, the
 * tables of the MultiProcessor and the ACPI specifications, and a blank text screen. They describe
 * the machine of runner/devices/: one processor, one I/O APIC, an ISA bus, IRQ 0 at pin 2.
 */
#ifndef KERNEL_PC_TABLES_H
#define KERNEL_PC_TABLES_H

#include <stdint.h>

/* The end of base memory. The extended BIOS data area, the screen and ROM are above it. */
#define PC_BASE_MEMORY_END 0x9fc00u

/* Write the tables. memory: guest physical memory from address 0, at least 1 MiB. All other bytes
   stay as they are. */
void pc_tables_build(unsigned char *memory);

#endif
