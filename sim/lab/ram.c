#include "lab/ram.h"

uint64_t ram_choose(uint64_t peak_live_bytes)
{
    uint64_t peak = peak_live_bytes < RAM_CHOSEN_MAX ? peak_live_bytes : RAM_CHOSEN_MAX;
    uint64_t wanted = peak + peak / 4u + RAM_STEP_BYTES;
    uint64_t whole = (wanted + RAM_STEP_BYTES - 1u) / RAM_STEP_BYTES * RAM_STEP_BYTES;

    return whole < RAM_CHOSEN_MAX ? whole : RAM_CHOSEN_MAX;
}
