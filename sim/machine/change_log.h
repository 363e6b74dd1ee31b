/* The last changes of present table entries that went through machine_write_entry(). */
#ifndef MACHINE_CHANGE_LOG_H
#define MACHINE_CHANGE_LOG_H

#include <mm/types.h>

#define CHANGE_LOG_LENGTH 65536u

struct table_change {
    paddr_t at; /* of the entry */
    uint32_t old_entry, new_entry;
    const char *file; /* where it was written */
    uint32_t line;
};

struct change_log {
    struct table_change change[CHANGE_LOG_LENGTH];
    uint64_t count; /* of all that ever were */
};

/* Forgets the oldest when the log is full. */
void change_log_add(struct change_log *log, const struct table_change *change);

/*
 * The last change of the entry at `at` away from what old_entry is in the bits of mask, or NULL: it
 * is not on record. O(CHANGE_LOG_LENGTH).
 */
const struct table_change *change_log_find(const struct change_log *log, paddr_t at,
                                           uint32_t old_entry, uint32_t mask);

#endif
