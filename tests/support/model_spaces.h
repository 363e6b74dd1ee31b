/*
 * The naive model of a few processes' memory: each process has an array of its regions and an array
 * of its pages.
 */
#ifndef SUPPORT_MODEL_SPACES_H
#define SUPPORT_MODEL_SPACES_H

#include "support/model_process.h"
#include "support/model_region.h"

#define SPACES 4u

/* Pages of user space. */
#define SPACE_PAGES (MODEL_USER_END >> PAGE_SHIFT)

struct model_page {
    bool present;
    uint32_t value; /* the first word, as last written */
};

struct model_space {
    struct process *process; /* NULL: no such process */
    struct model_regions regions;
    struct model_page *page; /* SPACE_PAGES entries */
    uint32_t present;
    uint32_t heap_end;
};

/* The pages [first, end) of a range in user space. */
struct model_range {
    uint32_t first;
    uint32_t end;
};

/* The new process has nothing but a stack. */
void model_space_start(struct model_space *space, struct process *process);

/* These record what a call that succeeded has done. */
void model_space_map(struct model_space *space, struct model_range range, enum region_kind kind,
                     bool writable);
void model_space_unmap(struct model_space *space, struct model_range range);
void model_space_setbrk(struct model_space *space, uint32_t end);
void model_space_end(struct model_space *space);

/* These return whether the address space allows the operation, whether or not frames are free. */
bool model_space_is_free(const struct model_space *space, struct model_range range);
bool model_space_may_setbrk(const struct model_space *space, uint32_t end);
bool model_space_may_touch(const struct model_space *space, uint32_t va, bool write);

/* Fails the test unless the process has exactly these regions, and these pages with these contents
 * and rights. */
void assert_space_agrees(const struct mm *mm, const struct model_space *space);

#endif
