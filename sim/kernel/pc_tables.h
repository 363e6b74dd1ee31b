/*
 * What a PC's firmware leaves in memory: interrupt vectors and data area of the BIOS, the tables of
 * the MultiProcessor and the ACPI specifications, and a blank text screen. They describe the
 * machine of runner/devices/: one processor, one I/O APIC, an ISA bus, IRQ 0 at pin 2.
 */
#ifndef KERNEL_PC_TABLES_H
#define KERNEL_PC_TABLES_H

#include <stdint.h>

/* Where base memory ends: above lie the extended BIOS data area, the screen, and ROM. */
#define PC_BASE_MEMORY_END 0x9fc00u

/* memory: guest physical memory from 0, of which 1 MiB at least is there. All other bytes of it
   stay as they are. */
void pc_tables_build(unsigned char *memory);

#endif
