/* One event of a trace, decoded. Freestanding. sim/manual/traces.md has the text form of each. */
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
#define SITES_MAX     0xffffffu /* a site number fits 24 bits */
#define MARK_TEXT_MAX 1024u     /* bytes of a mark's text, and of a site's name */

struct event {
    uint8_t kind;
    uint8_t page_class; /* enum page_class; kmalloc: PAGES_LOW or PAGES_DMA */
    uint8_t order;      /* pages */
    bool write;         /* touch: a write; map: rw */
    uint32_t slot;      /* dense number of the live allocation, or of the live process */
    uint32_t bytes;     /* kmalloc, krealloc, vmalloc, map, unmap: 1 to UINT32_MAX */
    uint32_t site;      /* SITE_NONE, or index into the sites met so far, from 1 */
    uint32_t address;   /* map, unmap, touch, setbrk */
    uint64_t id;        /* what makes an allocation or a process: the trace's own ID, > 0; else 0 */
    const char *text;   /* mark: not terminated, text_bytes long, valid until the next event */
    uint32_t text_bytes;
};

/* "kmalloc", "free_pages", ...: the word of the text form and the key of `by_kind`. */
const char *event_name(enum event_kind kind);

#endif
