/* Where the host's signals arrive and leave: entry.S. */
#ifndef RUNNER_ENTRY_H
#define RUNNER_ENTRY_H

#include <signal.h>
#include <stdint.h>

/* The handler of every signal that the guest may cause; calls trap(). */
void trap_entry(int number, siginfo_t *info, void *context);

/* What follows trap(): ES, DS, FS and GS for the guest. */
extern uint16_t entry_selectors[4];

/* The FS base that the host's code needs. */
extern uint64_t entry_host_fs;

#endif
