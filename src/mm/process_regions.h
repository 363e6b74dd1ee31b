/* Functions that the source files of processes share. */
#ifndef MM_PROCESS_REGIONS_H
#define MM_PROCESS_REGIONS_H

#include <mm/process.h>

/* Updates the seal after the directory or the heap of a process has changed. Only HARDEN_FULL has
   one. */
void process_seal(struct process *process);

/* Panics in the name of `call` if this is not a live process of mm. */
void process_assert_live(const struct mm *mm, const struct process *process, const char *call);

/* Panics in the name of `call` if [start, start + bytes) is empty or wraps around. */
void process_assert_range(vaddr_t start, uint32_t bytes, const char *call);

/* Tells if [start, start + bytes), bytes >= 1, lies in user space. */
static inline bool user_space_holds(const struct mm *mm, vaddr_t start, uint32_t bytes)
{
    return start.value >= USER_START && start.value < mm->user_end &&
           bytes <= mm->user_end - start.value;
}

/* Adds a region of whole pages; does nothing if start == end. Fails as process_map() does. O(log n)
   in the number of regions, on average. */
bool process_region_add(struct mm *mm, struct process *process, uint32_t start, uint32_t end,
                        enum region_kind kind, bool writable);

/* Maps a frame at an unmapped page after a fault with this error code. Fails as process_fault()
   does. */
bool process_page_in(struct mm *mm, struct process *process, vaddr_t va, uint32_t error_code);

/* Records a bad access as mm's failure; process may be NULL. Returns false. */
bool process_fail_access(struct mm *mm, const struct process *process, vaddr_t va,
                         uint32_t error_code, enum mm_access_fault why);

#endif
