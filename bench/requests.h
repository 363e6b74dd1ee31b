/*
 * Sequences of requests to a heap, drawn before anything is measured: the measured loop only reads
 * them. Every heap gets the same sequence.
 *
 * A slot is the place of one live block. An allocation names a slot that is empty, a resize or a
 * free one that is used.
 */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include <stdint.h>

#define REQUEST_SLOTS_MAX (1u << 20)

enum request_kind { REQUEST_ALLOC, REQUEST_FREE, REQUEST_RESIZE };

struct request {
    uint32_t kind : 2; /* enum request_kind */
    uint32_t slot : 30;
    uint32_t bytes; /* the new size; 0 for a free */
};

struct requests {
    struct request *list;
    uint32_t count;
    uint32_t room;
    uint32_t slots;      /* all slots are below it */
    uint32_t untimed;    /* the first requests, which only lead to the state that is measured */
    uint64_t peak_bytes; /* the most bytes that are live at once */
};

/* Appends a request, and makes room for it. */
void requests_add(struct requests *requests, enum request_kind kind, uint32_t slot, uint32_t bytes);

/* Sets slots and peak_bytes of a sequence that is complete. */
void requests_finish(struct requests *requests);

/*
 * A kernel's kmalloc(): `live` blocks are allocated, then bursts of 1 to 64 allocations and bursts
 * of as many frees of random blocks follow each other, `count` requests in all. The number of live
 * blocks stays within live / 32 of `live`. The first allocations and a quarter of the bursts are
 * not timed.
 *
 * 99.5 % of the sizes lie from 8 to 4096 bytes: half of them are exactly 8, 16, 32, 64, 96, 128,
 * 192, 256, 512, 1024, 2048 or 4096, the others lie between two of these. 0.5 % lie from 4 KiB to
 * 64 KiB, a quarter of them in each doubling.
 */
void requests_draw_mix(struct requests *requests, uint32_t live, uint32_t count);

/*
 * A hard case for a heap that merges free blocks, `cycles` times: 100,000 blocks of 16 to 128
 * bytes; every other one is freed, which leaves as many gaps; 12,000 blocks of 256 to 1,024 bytes,
 * too large for the gaps; the rest of the first ones is freed in random order; 50,000 blocks of 32
 * to 64 bytes; half of the last two groups is freed; 2,000 blocks of 4 to 16 KiB are allocated and
 * freed one after the other. What is left is freed after the last cycle.
 */
void requests_draw_torture(struct requests *requests, uint32_t cycles);

/* Reads a file of the malloc lab, in any of the forms that `mmsim import mdriver` reads. A file
   that cannot be read ends the program; the message has the file, the line and the reason. */
void requests_read_rep(struct requests *requests, const char *path);

#endif
