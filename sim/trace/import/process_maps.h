/* What calls and faults do to the regions of a space, by addresses of the log. Private to
   process*.c. */
#ifndef TRACE_PROCESS_MAPS_H
#define TRACE_PROCESS_MAPS_H

#include "processes.h"

/* Addresses of the log, as a call has them. */
struct log_range {
    uint64_t start;
    uint64_t bytes;
};

/* Maps a range, instead of what is there. */
void space_map(struct processes *processes, uint32_t space, struct log_range range,
               enum space_kind kind, bool writable);

/* Maps the parts of a range where no region is. */
void space_map_gaps(struct processes *processes, uint32_t space, struct log_range range,
                    enum space_kind kind);

/* Gives the space the pages of a range that it does not have. */
void space_populate(struct processes *processes, uint32_t space, struct log_range range);

void space_unmap(struct processes *processes, uint32_t space, struct log_range range);
void space_make_writable(struct processes *processes, uint32_t space, struct log_range range);

/* Maps a range again, without its pages. */
void space_give_back(struct processes *processes, uint32_t space, struct log_range range);

/* Moves a region, or its end. */
void space_remap(struct processes *processes, uint32_t space, struct log_range from,
                 struct log_range to);

/* Moves the end of the heap. The first end is the start of the heap. */
void space_set_heap_end(struct processes *processes, uint32_t space, uint64_t end);

/* An access. Returns true if the kernel takes a frame for it. */
bool space_access(struct processes *processes, uint32_t space, uint64_t address, bool write);

/* Maps in the child what the parent has. */
void space_copy_regions(struct processes *processes, uint32_t parent, uint32_t child);

#endif
