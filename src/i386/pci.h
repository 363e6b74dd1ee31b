/* As much of PCI configuration space as it takes to find the display (PCI Local Bus Specification
 * 3.0, 3.2.2.3.2 "mechanism #1" and 6.2.5.1). */
#ifndef I386_PCI_H
#define I386_PCI_H

#include <mm/types.h>

/* The first memory of the first display on bus 0, as its base address register has it; bytes is a
   power of two. false: there is no display with memory below 4 GiB. */
bool pci_find_display(paddr_t *memory, uint32_t *bytes);

#endif
