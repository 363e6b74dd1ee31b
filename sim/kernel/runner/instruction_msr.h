/* Model-specific registers that keep a value. Part of the CPU's state for those who save it. */
#ifndef RUNNER_INSTRUCTION_MSR_H
#define RUNNER_INSTRUCTION_MSR_H

#include <stdint.h>

struct instruction_msrs {
    uint32_t sysenter_cs, sysenter_esp, sysenter_eip;
};

extern struct instruction_msrs instruction_msrs;

#endif
