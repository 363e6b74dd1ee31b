/*
 * One event of a trace, decoded, and the rule that says where an event makes sense. This code is
 * freestanding. sim/manual/traces.md has the text form of each event.
 */
#ifndef REPLAY_EVENT_H
#define REPLAY_EVENT_H

#include <mm/mm.h>

/* The binary form has these numbers, so none may ever be reused. */
enum event_kind {
    EVENT_KMALLOC = 1,
    EVENT_KREALLOC,
    EVENT_KFREE,
    EVENT_PAGES,
    EVENT_FREE_PAGES,
    EVENT_VMALLOC,
    EVENT_VFREE,
    EVENT_PROCESS,
    EVENT_MAP,
    EVENT_UNMAP,
    EVENT_TOUCH,
    EVENT_SETBRK,
    EVENT_EXIT,
    EVENT_MARK,
    EVENT_KIND_COUNT
};

#define SITE_NONE     0u
#define SITES_MAX     0xffffffu /* a site number has 24 bits */
#define MARK_TEXT_MAX 1024u     /* bytes of a mark's text, and of a site's name */

struct event {
    uint8_t kind;       /* enum event_kind */
    uint8_t page_class; /* enum page_class; kmalloc: PAGES_LOW or PAGES_DMA */
    uint8_t order;      /* pages */
    bool write;         /* touch: a write; map: rw */
    uint32_t slot;      /* the slot of the live allocation, or of the live process */
    uint32_t bytes;     /* kmalloc, krealloc, vmalloc, map, unmap: 1 to UINT32_MAX */
    uint32_t site;      /* SITE_NONE, or the number of a site defined before, from 1 */
    uint32_t address;   /* map, unmap, touch, setbrk */
    uint64_t id;        /* an event that creates: the ID or PID in the trace, > 0; else 0 */
    const char *text;   /* mark: not terminated, text_bytes long, valid until the next event */
    uint32_t text_bytes;
};

/* Returns the word of the text form, such as "free_pages". It is also the key of `by_kind`. */
const char *event_name(enum event_kind kind);

/* ---- which events make sense where ---- */

/* What an event does to its subject: the allocation or the process in its slot. */
enum event_effect { EFFECT_NONE, EFFECT_CREATE, EFFECT_RESIZE, EFFECT_USE, EFFECT_END };

struct event_rule {
    uint8_t effect;       /* enum event_effect */
    uint8_t creator;      /* the kind of event that creates the subject; 0: a mark has no subject */
    const char *mismatch; /* the error if an event of another kind created the subject */
};

extern const struct event_rule event_rules[EVENT_KIND_COUNT];

static inline bool event_creates(const struct event *event)
{
    return event_rules[event->kind].effect == EFFECT_CREATE;
}

static inline bool event_ends(const struct event *event)
{
    return event_rules[event->kind].effect == EFFECT_END;
}

/* Is the event's slot that of a process? Otherwise it is that of an allocation, or the event has
   none. */
static inline bool event_is_of_process(const struct event *event)
{
    return event_rules[event->kind].creator == EVENT_PROCESS;
}

enum event_fault { EVENT_SENSIBLE, EVENT_SUBJECT_EXISTS, EVENT_SUBJECT_MISSING, EVENT_MISMATCH };

/*
 * Does an event make sense if its slot has the result of an event of the kind `creator`? A creator
 * of 0 means that the slot is empty. Readers, writers and the replay all use this function.
 */
static inline enum event_fault event_check(const struct event *event, uint32_t creator)
{
    const struct event_rule *rule = &event_rules[event->kind];
    uint32_t expected = rule->effect == EFFECT_CREATE ? 0 : rule->creator;

    if (creator == expected || rule->effect == EFFECT_NONE)
        return EVENT_SENSIBLE;
    if (expected == 0)
        return EVENT_SUBJECT_EXISTS;
    return creator == 0 ? EVENT_SUBJECT_MISSING : EVENT_MISMATCH;
}

/* Return what is wrong, or NULL if the event makes sense. The first names slots, as in the binary
   form of a trace; the second names IDs and PIDs, as in the text form. */
const char *event_fault_of_slot(const struct event *event, enum event_fault fault);
const char *event_fault_of_id(const struct event *event, enum event_fault fault);

#endif
