#include "machine/change_log.h"

void change_log_add(struct change_log *log, const struct table_change *change)
{
    log->change[log->count++ % CHANGE_LOG_LENGTH] = *change;
}

const struct table_change *change_log_find(const struct change_log *log, paddr_t at,
                                           uint32_t old_entry, uint32_t mask)
{
    uint64_t first = log->count > CHANGE_LOG_LENGTH ? log->count - CHANGE_LOG_LENGTH : 0;

    for (uint64_t number = log->count; number-- > first;) {
        const struct table_change *change = &log->change[number % CHANGE_LOG_LENGTH];
        if (change->at.value == at.value && ((change->old_entry ^ old_entry) & mask) == 0)
            return change;
    }
    return NULL;
}
