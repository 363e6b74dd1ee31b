/*
 * Misuses of the memory manager: what a kernel may do wrong, and the panic in which it must end.
 * This is compiled for the tests on the host and for an image that commits them on a real machine:
 * no libc.
 *
 * A misuse is a function that sets up what it needs, calls misuse_begins(), and then makes one call
 * that must panic. The caller runs it under every strategy, catches the panic, and asks
 * misuse_verdict(). Each misuse has a memory manager of its own, which is thrown away afterwards.
 */
#ifndef MISUSE_MISUSE_H
#define MISUSE_MISUSE_H

#include <mm/process.h>

/* The fact that the panic names, by strategy. The most specific one that is not NULL holds. */
struct misuse_facts {
    const char *window;
    const char *primary;
    const char *brk;   /* also jump and migrate */
    const char *heaps; /* all strategies above */
    const char *slabs; /* zoned and kseg0 */
    /* Any strategy. NULL: a strategy that is not part of mmsim has a message of its own. */
    const char *all;
};

/* A misuse that is being committed. */
struct misuse_attempt {
    struct mm *mm;
    bool begun;
    uint32_t value;     /* what the panic must name: an address, a frame, ... */
    uint32_t frame;     /* the frame that the panic must name, if the fact has an @ */
    const char *broken; /* what mm_check() returned just before the misuse */
};

struct misuse {
    const char *name;
    const char *function; /* the function that the panic names */
    struct misuse_facts facts;
    void (*commit)(struct misuse_attempt *attempt);
};

/* The table in misuse_table.h. It ends with a name that is NULL. */
extern const struct misuse misuses[];

/* ---- for callers of misuses ---- */

/* The bytes of the longest line of a panic, with its terminator. */
#define MISUSE_LINE_BYTES 256u

/* Writes the line that machine_panic() prints on the host, without its newline. */
void misuse_panic_line(char line[MISUSE_LINE_BYTES], const char *function, const char *fact,
                       uint32_t value);

/* Returns NULL if the misuse ended as it must, else what is wrong. `line` is the panic's line, or
 * NULL if the call returned. */
const char *misuse_verdict(const struct misuse *misuse, const struct misuse_attempt *attempt,
                           const char *line);

/* Returns whether the set-up gave up, because the strategy does not serve such requests or the
 * machine lacks what the misuse needs. */
bool misuse_is_impossible(const struct misuse_attempt *attempt);

/* ---- for misuses ---- */

/* The next call is the misuse. Checks the memory manager before it. The panic must name `value`, or
 * a frame, or the frame behind an address that is mapped. */
void misuse_begins(struct misuse_attempt *attempt, uint32_t value);
void misuse_begins_with(struct misuse_attempt *attempt, pfn_t frame);
void misuse_begins_at(struct misuse_attempt *attempt, vaddr_t address);

/* These allocate. If that fails, the set-up gives up. */
vaddr_t take_block(struct misuse_attempt *attempt, uint32_t bytes);
vaddr_t take_dma_block(struct misuse_attempt *attempt, uint32_t bytes);
pfn_t take_pages(struct misuse_attempt *attempt, uint32_t order, enum page_class page_class);
vaddr_t take_area(struct misuse_attempt *attempt, uint32_t bytes);

/* Returns a process that has touched a page of its data and one of its stack. */
struct process *take_process(struct misuse_attempt *attempt);

/* Returns the frame of a page that the process has touched. */
pfn_t frame_of_process(const struct process *process, uint32_t va);

/* Returns the frame behind a kernel address that is mapped, or that is mapped by the first touch.
 */
pfn_t frame_at(const struct misuse_attempt *attempt, vaddr_t va);
pfn_t frame_touched_at(struct misuse_attempt *attempt, vaddr_t va);

/* Returns an address of the frame: in the direct map, or in a temporary mapping if the direct map
 * does not reach it. */
vaddr_t reach(struct misuse_attempt *attempt, pfn_t frame);

/* Returns the kernel address behind a pointer to the memory manager's data. */
vaddr_t address_of(const void *pointer);

/* Ends the set-up, because a request failed. */
_Noreturn void misuse_gives_up(struct misuse_attempt *attempt, const char *why);

/* Ends the set-up, because this strategy never makes what the misuse needs. */
_Noreturn void misuse_is_pointless(struct misuse_attempt *attempt);

#endif
