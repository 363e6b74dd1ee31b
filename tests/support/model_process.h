/* Processes for tests: what they do in ring 3, what they are refused, and where their pages are. */
#ifndef SUPPORT_MODEL_PROCESS_H
#define SUPPORT_MODEL_PROCESS_H

#include "support/hoard.h"
#include "support/model_mm.h"

#include <mm/process.h>

/* User space and its stack end where the memory manager that is active says. */
#define MODEL_USER_END (mm_active()->user_end)
#define USER_STACK     (MODEL_USER_END - USER_STACK_BYTES)

/* RAM of each zone: 128 frames of DMA, 1,024 of LOW, and `high` of HIGH. */
struct memmap model_map_zones(uint32_t high);

/* A process that must come into being, with an image or without. */
struct process *model_process(struct mm *mm, const struct process_image *image);

/* The end of a test: of a process, and of its memory manager, which has lost no frame. */
void model_process_stop(struct mm *mm, struct process *process);

/* What the current process does: 4 bytes at an address. false: it was refused. */
bool user_read(uint32_t va, uint32_t *value);
bool user_write(uint32_t va, uint32_t value);

/* A read that succeeds. */
uint32_t user_word(uint32_t va);

/* The last failure: a bad access of this kind. */
void assert_bad_access(const struct mm *mm, uint32_t va, uint32_t error_code,
                       enum mm_access_fault why);

/* ... and it names this region, or none (0, 0). */
void assert_names_region(const struct mm *mm, uint32_t start, uint32_t end, enum region_kind kind);

/* The page at va, as its tables have it; none: it was not touched. */
pfn_t user_frame(const struct process *process, uint32_t va);

/* Its entry in the tables, 0: there is none, or no table. */
uint32_t user_entry_value(const struct process *process, uint32_t va);

/* Junk in each frame that is free. */
void model_dirty_free_frames(struct mm *mm);

/* A number for all that processes show: equal where all of it is. */
uint64_t model_processes_hash(const struct mm *mm);

#endif
