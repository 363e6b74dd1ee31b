#include "lab/ram.h"

uint64_t ram_choose(uint64_t peak_live_bytes)
{
    uint64_t most = ((uint64_t)FRAMES_MAX << PAGE_SHIFT) - RAM_STEP_BYTES;
    uint64_t wanted = peak_live_bytes + peak_live_bytes / 4u + RAM_STEP_BYTES;
    uint64_t whole = (wanted + RAM_STEP_BYTES - 1u) / RAM_STEP_BYTES * RAM_STEP_BYTES;

    return whole < most ? whole : most;
}
