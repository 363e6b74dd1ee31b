/*
 * A model of the TLB for programs that are being made: which pages may have a stale translation in
 * the TLB, so that the program must not access them before it has invalidated them.
 *
 * The TLB may hold a translation of any page that the tables map, accessed or not (Intel SDM vol.
 * 3A, 4.10.2.3). The translation becomes stale when the program writes a present entry of its walk,
 * loads CR3 with another directory while the page is global, or changes the meaning of an entry by
 * CR4.PSE. An entry that is not present is never cached, so a change of it makes nothing stale. The
 * bits that the CPU sets do not count, so the result does not depend on what executes the program.
 */
#ifndef MMU_TLB_MODEL_H
#define MMU_TLB_MODEL_H

#include "program.h"

#define WATCHED_PAGES_MAX 1024u

struct watched_page {
    uint32_t va;
    bool stale;
    /* How the stale translation was cached. */
    bool global, large;
    bool partial; /* only its directory entry was cached */
};

struct tlb_model {
    uint32_t cr0, cr4, directory;
    uint32_t steps;
    uint32_t entry[PROBE_TABLES][PAGE_TABLE_ENTRIES]; /* as the program has written them */
    struct watched_page page[WATCHED_PAGES_MAX];
    uint32_t pages;
};

/* The entries of the walk to a page. */
struct table_walk {
    uint32_t directory_entry, table_entry; /* table_entry is read as if there were no large pages */
    uint32_t table;                        /* its frame */
    bool large;
};

/* Set the state in which a case starts: the tables are clear, and no page is watched. */
void tlb_model_start(struct tlb_model *tlb, const struct probe_case *head);

/* Watch the page of va from now on, if it is not watched. There may be WATCHED_PAGES_MAX. A page
   that is watched after the first step counts as stale: the TLB may hold any earlier translation.
 */
void tlb_model_watch(struct tlb_model *tlb, uint32_t va);

/* Apply a step of the program. An access changes nothing. O(pages watched). */
void tlb_model_step(struct tlb_model *tlb, const struct probe_step *step);

struct table_walk tlb_model_walk(const struct tlb_model *tlb, uint32_t va);

/* Returns the watched page of va if it may be stale, else NULL. */
const struct watched_page *tlb_model_stale(const struct tlb_model *tlb, uint32_t va);

/* Returns the address of the last byte of an access. */
static inline uint32_t probe_access_last(const struct probe_step *step)
{
    return step->where + ((step->access & PROBE_ACCESS_KIND) == PROBE_READ32 ? 3u : 0);
}

/* Returns true if the program makes no access to a page that may be stale. */
bool tlb_model_accepts(const struct program *program);

#endif
