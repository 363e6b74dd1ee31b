/* Finds the display in PCI configuration space (PCI Local Bus Specification 3.0, 3.2.2.3.2
 * "mechanism #1" and 6.2.5.1). */
#ifndef I386_PCI_H
#define I386_PCI_H

#include <mm/types.h>

/*
 * Finds the first display on bus 0 whose base address register 0 is 32-bit memory, and stores that
 * memory's physical address and its size, a power of two. Returns false if there is none. O(1): it
 * reads the registers of at most 32 devices.
 */
bool pci_find_display(paddr_t *memory, uint32_t *bytes);

#endif
