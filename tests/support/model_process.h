/* Processes for tests: their accesses in ring 3, the failures of these, and the frames of their
 * pages. */
#ifndef SUPPORT_MODEL_PROCESS_H
#define SUPPORT_MODEL_PROCESS_H

#include "support/model_mm.h"
#include "support/taken_pages.h"

#include <mm/process.h>

/* The ends of user space and of its stack in the active memory manager. */
#define MODEL_USER_END (mm_active()->user_end)
#define USER_STACK     (MODEL_USER_END - USER_STACK_BYTES)

/* Returns a map with RAM in each zone: 128 frames of DMA, 1,024 of LOW, and `high` of HIGH. */
struct memmap model_map_zones(uint32_t high);

/* Creates a process; image may be NULL. Fails the test if that fails. */
struct process *model_process(struct mm *mm, const struct process_image *image);

/* Ends a process, then its memory manager. Fails the test if a frame is lost. */
void model_process_stop(struct mm *mm, struct process *process);

/* The current process reads or writes 4 bytes. Returns false if the access is refused. */
bool user_read(uint32_t va, uint32_t *value);
bool user_write(uint32_t va, uint32_t value);

/* Returns the word at va, which the current process must be able to read. */
uint32_t user_word(uint32_t va);

/* Fails the test unless the last failure is a bad access with these values. */
void assert_bad_access(const struct mm *mm, uint32_t va, uint32_t error_code,
                       enum mm_access_fault why);

/* Fails the test unless the last failure names this region, or no region (0, 0). */
void assert_names_region(const struct mm *mm, uint32_t start, uint32_t end, enum region_kind kind);

/* Returns the frame of the page at va, or PFN_NONE if the page was never touched. */
pfn_t user_frame(const struct process *process, uint32_t va);

/* Returns the page's table entry, or 0 if there is none. */
uint32_t user_entry_value(const struct process *process, uint32_t va);

/* Writes junk to every free frame. */
void model_dirty_free_frames(struct mm *mm);

/* Returns a hash of all processes: regions, pages, tables and counters. Equal states have equal
 * hashes. */
uint64_t model_processes_hash(const struct mm *mm);

#endif
