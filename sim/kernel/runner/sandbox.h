/*
 * The runner gives up everything that it does not need. A guest that runs as it should cannot name
 * anything but its own 4 GiB; one that breaks out, by a far jump to the host's 64-bit segment, owns
 * this process and no more: it has no files but two in memory, and these system calls.
 */
#ifndef RUNNER_SANDBOX_H
#define RUNNER_SANDBOX_H

#include <stdbool.h>

/* From now on. false: the host has no seccomp; *reason says so. */
bool sandbox_enter(const char **reason);

#endif
