/* The fields of the event in import->line. Private to kmem_*.c. The fields of an event nearly
   always have the same order, so a field is looked for behind the one that was taken last; that is
   inline, and what happens rarely is not. */
#ifndef TRACE_KMEM_FIELDS_H
#define TRACE_KMEM_FIELDS_H

#include "kmem_state.h"
#include "log_fields.h"

/* Sets import->reason, as printf does. Returns false. */
__attribute__((format(printf, 2, 3))) bool kmem_fail(struct import *import, const char *format,
                                                     ...);

/* Tells if the event has a field. */
bool kmem_has_field(const struct import *import, struct word key);

/* Takes the value of a field, wherever it stands. false after kmem_fail(): there is none. */
bool kmem_take_earlier(struct import *import, struct word key, struct word *value);

/* Say what is wrong with the value of a field, by kmem_fail(). Return false. */
bool kmem_bad_pointer(struct import *import, struct word key, struct word value);
bool kmem_bad_number(struct import *import, struct word key, struct word value, uint64_t most);

/* Take the value of a field. false after kmem_fail(): there is none, or it is malformed. */
static inline bool kmem_take_word(struct import *import, struct word key, struct word *value)
{
    return kmem_take_field(&import->line.rest, key, value) || kmem_take_earlier(import, key, value);
}

static inline bool kmem_take_pointer(struct import *import, struct word key, uint64_t *pointer)
{
    struct word value;

    return kmem_take_word(import, key, &value) &&
           (kmem_pointer(value, pointer) || kmem_bad_pointer(import, key, value));
}

static inline bool kmem_take_number(struct import *import, struct word key, uint64_t most,
                                    uint64_t *number)
{
    struct word value;

    return kmem_take_word(import, key, &value) &&
           ((kmem_number(value, number) && *number <= most) ||
            kmem_bad_number(import, key, value, most));
}

#endif
