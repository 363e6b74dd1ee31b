/*
 * Reads a stream in a thread of its own, some blocks ahead of who uses it, so that decompression
 * runs on another processor.
 *
 * The memory is a ring of a few blocks: the thread waits while all of them are full. After a fork
 * only the process that started the thread can go on reading; a child may only close.
 */
#ifndef TRACE_READ_AHEAD_H
#define TRACE_READ_AHEAD_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>

#define READ_AHEAD_BLOCK_BYTES 65536u

/*
 * Called in the thread: fills up to `room` bytes of out. *got is 0 only at the end, and *position
 * is how far the source has been read. false: the error says why; it is not called again then. It
 * must not use anything that the other thread changes, and wait for input by read_ahead_wait()
 * only.
 */
typedef bool read_ahead_fill(void *context, void *out, size_t room, size_t *got, uint64_t *position,
                             struct sim_error *error);

struct read_ahead;

/* Starts the thread, and stores it in *started before it runs. NULL: the host gives no thread, or
   this process has only one processor. */
void read_ahead_start(struct read_ahead **started, read_ahead_fill *fill, void *context);

/* For fill: waits until fd can be read, or has ended. false: the stream is being closed, so that
   fill must return. */
bool read_ahead_wait(const struct read_ahead *ahead, int fd);

/* Takes up to `room` > 0 bytes, in order. *got is 0 only at the end. false: the bytes before the
   failure have all been taken, and the error is that of fill. */
bool read_ahead_take(struct read_ahead *ahead, void *out, size_t room, size_t *got,
                     struct sim_error *error);

/* The position of the source behind the block from which the last bytes were taken. */
uint64_t read_ahead_position(const struct read_ahead *ahead);

/* Ends the thread, also one that waits for input. NULL is allowed. */
void read_ahead_close(struct read_ahead *ahead);

#endif
