/* Exceptions: page faults go to the memory manager, all others end the machine. */
#ifndef I386_TRAPS_H
#define I386_TRAPS_H

#include <stdint.h>

/* Load the interrupt descriptor table. Interrupts stay off; there is nothing to interrupt for. */
void traps_init(void);

/* Page faults that the memory manager resolved since the start. */
uint32_t traps_faults_resolved(void);

#endif
