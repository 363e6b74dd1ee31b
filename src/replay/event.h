/*
 * One event of a trace, decoded, and the rule that says where an event makes sense. Freestanding.
 * sim/manual/traces.md has the text form of each event.
 */
#ifndef REPLAY_EVENT_H
#define REPLAY_EVENT_H

#include <mm/mm.h>

/* The numbers are those of the binary form: never reuse one. */
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
    uint32_t slot;      /* dense number of the live allocation, or of the live process */
    uint32_t bytes;     /* kmalloc, krealloc, vmalloc, map, unmap: 1 to UINT32_MAX */
    uint32_t site;      /* SITE_NONE, or index into the sites met so far, from 1 */
    uint32_t address;   /* map, unmap, touch, setbrk */
    uint64_t id;        /* an event that creates: the ID or PID in the trace, > 0; else 0 */
    const char *text;   /* mark: not terminated, text_bytes long, valid until the next event */
    uint32_t text_bytes;
};

/* "kmalloc", "free_pages", ...: the word of the text form and the key of `by_kind`. */
const char *event_name(enum event_kind kind);

/* ---- which events make sense where ---- */

/* What an event does to its subject: the allocation or the process in its slot. */
enum event_effect { EFFECT_NONE, EFFECT_CREATE, EFFECT_RESIZE, EFFECT_USE, EFFECT_END };

struct event_rule {
    uint8_t effect;  /* enum event_effect */
    uint8_t creator; /* the kind of event that creates such a subject; 0: a mark has no subject */
    const char *mismatch; /* the reason where another kind of event created the subject */
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

/* Is the event's slot that of a process? Else it is that of an allocation, or it has none. */
static inline bool event_is_of_process(const struct event *event)
{
    return event_rules[event->kind].creator == EVENT_PROCESS;
}

enum event_fault { EVENT_SENSIBLE, EVENT_SUBJECT_EXISTS, EVENT_SUBJECT_MISSING, EVENT_MISMATCH };

/*
 * Does an event make sense where its slot holds what an event of the kind `creator` created? 0: the
 * slot is empty. This is the one place that decides it, for readers, writers and the replay.
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

/* The reason of a fault, for whoever sees the slots of the trace, or its IDs and PIDs. */
const char *event_fault_of_slot(const struct event *event, enum event_fault fault);
const char *event_fault_of_id(const struct event *event, enum event_fault fault);

#endif
