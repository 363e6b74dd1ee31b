/* The regions of a process, as the other parts of processes need them. */
#ifndef MM_PROCESS_REGIONS_H
#define MM_PROCESS_REGIONS_H

#include <mm/process.h>

/* The directory or the heap of a process has changed. */
void process_seal(struct process *process);

/* Panics in the name of `call` when this is not a live process of mm's. */
void process_assert_live(const struct mm *mm, const struct process *process, const char *call);

/* Panics in the name of `call` when [start, start + bytes) has no byte, or wraps around. */
void process_assert_range(vaddr_t start, uint32_t bytes, const char *call);

/* Is [start, start + bytes), bytes >= 1, all user space? */
static inline bool user_space_holds(const struct mm *mm, vaddr_t start, uint32_t bytes)
{
    return start.value >= USER_START && start.value < mm->user_end &&
           bytes <= mm->user_end - start.value;
}

/* A region of whole pages; none where start == end. Fails as process_map() does. */
bool process_region_add(struct mm *mm, struct process *process, uint32_t start, uint32_t end,
                        enum region_kind kind, bool writable);

/* Give a page that is not mapped its frame; error_code is that of the fault. Fails as
   process_fault() does. */
bool process_page_in(struct mm *mm, struct process *process, vaddr_t va, uint32_t error_code);

/* Note a bad access by a process, or by none. Returns false. */
bool process_fail_access(struct mm *mm, const struct process *process, vaddr_t va,
                         uint32_t error_code, enum mm_access_fault why);

#endif
