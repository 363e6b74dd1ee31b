/*
 * The naive model of a few processes' memory: for each an array of regions, and an array of its
 * pages, of each whether it was touched and what was written there last.
 */
#ifndef SUPPORT_MODEL_SPACES_H
#define SUPPORT_MODEL_SPACES_H

#include "support/model_process.h"
#include "support/model_region.h"

#define SPACES 4u

/* Of user space. */
#define SPACE_PAGES (MODEL_USER_END >> PAGE_SHIFT)

struct model_page {
    bool present;
    uint32_t value; /* its first word */
};

struct model_space {
    struct process *process; /* NULL: there is none */
    struct model_regions regions;
    struct model_page *page; /* SPACE_PAGES */
    uint32_t present;
    uint32_t heap_end;
};

/* The pages of a range that lies in user space, first and end. */
struct model_range {
    uint32_t first;
    uint32_t end;
};

/* A process with nothing but a stack. */
void model_space_start(struct model_space *space, struct process *process);

/* What a call that succeeded has done. */
void model_space_map(struct model_space *space, struct model_range range, enum region_kind kind,
                     bool writable);
void model_space_unmap(struct model_space *space, struct model_range range);
void model_space_setbrk(struct model_space *space, uint32_t end);
void model_space_end(struct model_space *space);

/* Would the address space allow it? Frames aside. */
bool model_space_is_free(const struct model_space *space, struct model_range range);
bool model_space_may_setbrk(const struct model_space *space, uint32_t end);
bool model_space_may_touch(const struct model_space *space, uint32_t va, bool write);

/* The process has these regions, these pages with these contents and rights, and no others. */
void assert_space_agrees(const struct mm *mm, const struct model_space *space);

#endif
