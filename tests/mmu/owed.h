/*
 * What a program owes to the TLB: the pages that it must not access before it has invalidated them.
 *
 * Any page that the tables give may be cached, accessed or not (Intel SDM vol. 3A, 4.10.2.3); one
 * becomes stale when a present entry on its way is written, when CR3 takes the way from under a
 * global page, or when CR4.PSE gives an entry another meaning. An entry that is not present is
 * never cached, and its change owes nothing. Only what the program writes counts, not the bits that
 * the CPU sets: so the same program owes the same whatever executes it.
 */
#ifndef MMU_OWED_H
#define MMU_OWED_H

#include "program.h"

#define OWED_PAGES_MAX 1024u

struct owed_page {
    uint32_t va;
    bool stale;
    /* How the stale translation was cached. */
    bool global, large;
    bool partial; /* only its directory entry */
};

struct owed {
    uint32_t cr0, cr4, directory;
    uint32_t steps;
    uint32_t entry[PROBE_TABLES][PAGE_TABLE_ENTRIES]; /* as the program wrote them */
    struct owed_page page[OWED_PAGES_MAX];
    uint32_t pages;
};

/* What the tables say on the way to a page. */
struct owed_way {
    uint32_t directory_entry, table_entry; /* of the table that the directory entry would name */
    uint32_t table;                        /* its frame */
    bool large;
};

/* The state in which a case starts: tables clear, no page watched. */
void owed_start(struct owed *owed, const struct probe_case *head);

/* Watch the page of va from now on, if it is not watched. At most OWED_PAGES_MAX. One that is not
   watched from the start is stale: it may be cached as it was at any time. */
void owed_watch(struct owed *owed, uint32_t va);

/* A step is made; one that is an access changes nothing. O(pages watched). */
void owed_step(struct owed *owed, const struct probe_step *step);

struct owed_way owed_way_to(const struct owed *owed, uint32_t va);

/* The watched page of va, if it is stale; NULL otherwise. */
const struct owed_page *owed_stale(const struct owed *owed, uint32_t va);

/* The last byte of an access. */
static inline uint32_t owed_access_last(const struct probe_step *step)
{
    return step->where + ((step->access & PROBE_ACCESS_KIND) == PROBE_READ32 ? 3u : 0);
}

/* Whether a program makes no access to a page that is stale. */
bool owed_is_paid(const struct program *program);

#endif
