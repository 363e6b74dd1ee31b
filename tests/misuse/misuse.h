/*
 * Misuses of the memory manager: what a kernel may do wrong, and the panic in which that must end.
 * Compiled for the tests of the host and for an image that commits them on a real machine: no libc.
 *
 * A misuse is a function that sets up what it needs, calls misuse_begins(), and then makes one call
 * that must panic. Whoever runs it catches the panic and asks misuse_verdict(), under every
 * strategy. Each misuse has a memory manager of its own, which is thrown away afterwards.
 */
#ifndef MISUSE_MISUSE_H
#define MISUSE_MISUSE_H

#include <mm/process.h>

/* The facts that panics name, by strategy, the most particular first; NULL: as the next. */
struct misuse_facts {
    const char *window;
    const char *primary;
    const char *brk;   /* and jump, migrate */
    const char *heaps; /* all of these */
    const char *slabs; /* zoned, kseg0 */
    const char *all;   /* NULL: a strategy of one's own says it in its own words */
};

/* A misuse under way. */
struct misuse_run {
    struct mm *mm;
    bool begun;
    uint32_t value;     /* what the panic must name: an address, a frame, ... */
    uint32_t frame;     /* likewise, where the fact has an @ */
    const char *broken; /* what mm_check() said just before */
};

struct misuse {
    const char *name;
    const char *function; /* the one that the panic names */
    struct misuse_facts facts;
    void (*commit)(struct misuse_run *run);
};

/* The table, in misuse_table.h; ended by a name that is NULL. */
extern const struct misuse misuses[];

/* ---- for whoever runs them ---- */

/* The longest line of a panic, with its end. */
#define MISUSE_LINE_BYTES 256u

/* The line that machine_panic() prints, without its newline, as the host's does. */
void misuse_panic_line(char line[MISUSE_LINE_BYTES], const char *function, const char *fact,
                       uint32_t value);

/* What is wrong with how it ended: `line` is that of the panic, or NULL: it returned. NULL:
 * nothing.
 */
const char *misuse_verdict(const struct misuse *misuse, const struct misuse_run *run,
                           const char *line);

/* It ended before it began, because the strategy does not serve such requests at all, or the
   machine lacks what it needs. */
bool misuse_is_impossible(const struct misuse_run *run);

/* ---- for misuses ---- */

/* What comes next is the misuse. Checks the memory manager. The panic names a value; or a frame; or
   an address, or the frame behind it where one is mapped there. */
void misuse_begins(struct misuse_run *run, uint32_t value);
void misuse_begins_with(struct misuse_run *run, pfn_t frame);
void misuse_begins_at(struct misuse_run *run, vaddr_t address);

/* Requests that must succeed: a panic ends the set-up where they do not. */
vaddr_t take_block(struct misuse_run *run, uint32_t bytes);
vaddr_t take_dma_block(struct misuse_run *run, uint32_t bytes);
pfn_t take_pages(struct misuse_run *run, uint32_t order, enum page_class page_class);
vaddr_t take_area(struct misuse_run *run, uint32_t bytes);

/* A process that has touched a page of its data and one of its stack. */
struct process *take_process(struct misuse_run *run);

/* The frame of a page that a process has touched. */
pfn_t frame_of_process(const struct process *process, uint32_t va);

/* The frame behind a kernel address that is mapped; of one that gets its frame at the first touch.
 */
pfn_t frame_at(const struct misuse_run *run, vaddr_t va);
pfn_t frame_touched_at(struct misuse_run *run, vaddr_t va);

/* An address of a frame: the direct map's, or a temporary mapping's where that does not reach. */
vaddr_t reach(struct misuse_run *run, pfn_t frame);

/* The kernel address behind a pointer of the memory manager's. */
vaddr_t address_of(const void *pointer);

/* The set-up can't go on: a request failed. */
_Noreturn void misuse_gives_up(struct misuse_run *run, const char *why);

/* The strategy does not make what the misuse is about: there is nothing to commit. */
_Noreturn void misuse_is_pointless(struct misuse_run *run);

#endif
