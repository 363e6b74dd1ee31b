/* Checkpoints: memory that was ever written, registers, and (in the runner) the devices. */
#include "kernel/kernel_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/memory.h"

struct extent {
    size_t offset, bytes;
    unsigned char *copy;
};

struct checkpoint {
    struct control_registers registers;
    bool state_set, executed, passing;
    uint32_t passing_eip;
    size_t extent_count, capacity;
    struct extent *extent; /* sorted, with gaps between them */
};

void kernel_checkpoint_free(struct checkpoint *checkpoint)
{
    if (checkpoint == NULL)
        return;
    for (size_t i = 0; i < checkpoint->extent_count; i++)
        free(checkpoint->extent[i].copy);
    free(checkpoint->extent);
    free(checkpoint);
}

/* ---- the parts of the arena that hold data ---- */

/* Find the next extent at or after `at`. Returns false when there is none (errno is 0) or when the
   host fails (errno). */
static bool next_extent(const struct kernel *kernel, size_t at, struct extent *extent)
{
    off_t begin = lseek(kernel->arena.fd, (off_t)at, SEEK_DATA);

    if (begin < 0) {
        errno = errno == ENXIO ? 0 : errno;
        return false;
    }
    off_t end = lseek(kernel->arena.fd, begin, SEEK_HOLE);
    if (end < 0)
        return false;
    *extent = (struct extent){.offset = (size_t)begin, .bytes = (size_t)(end - begin)};
    return true;
}

/* ---- save ---- */

static bool save_memory(const struct kernel *kernel, struct checkpoint *checkpoint)
{
    struct extent extent;
    size_t at = 0;

    while (next_extent(kernel, at, &extent)) {
        extent.copy = memory_zeroed(extent.bytes, 1);
        memcpy(extent.copy, (const char *)kernel->arena.memory + extent.offset, extent.bytes);
        checkpoint->extent = memory_reach(checkpoint->extent, &checkpoint->capacity,
                                          checkpoint->extent_count, sizeof extent);
        checkpoint->extent[checkpoint->extent_count++] = extent;
        at = extent.offset + extent.bytes;
    }
    return errno == 0;
}

enum kernel_outcome kernel_checkpoint(struct kernel *kernel)
{
    kernel_clear_error(kernel);
    if (!kernel_ask(kernel, REQUEST_SAVE))
        return KERNEL_ERROR;
    struct checkpoint *checkpoint = memory_zeroed(1, sizeof *checkpoint);
    checkpoint->registers = kernel->registers;
    checkpoint->state_set = kernel->state_set;
    checkpoint->executed = kernel->executed;
    checkpoint->passing = kernel->passing;
    checkpoint->passing_eip = kernel->passing_eip;
    errno = 0;
    if (!save_memory(kernel, checkpoint)) {
        kernel_fail_with(kernel, "cannot read the kernel's memory: %s", strerror(errno));
        kernel_checkpoint_free(checkpoint);
        return KERNEL_ERROR;
    }
    kernel_checkpoint_free(kernel->checkpoint);
    kernel->checkpoint = checkpoint;
    return KERNEL_DONE;
}

/* ---- restore ---- */

static bool drop_memory(const struct kernel *kernel, size_t begin, size_t end)
{
    return begin >= end || fallocate(kernel->arena.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                     (off_t)begin, (off_t)(end - begin)) == 0;
}

/* Memory between the saved extents was empty, and is emptied again. */
static bool restore_memory(const struct kernel *kernel)
{
    const struct checkpoint *checkpoint = kernel->checkpoint;
    size_t at = 0;

    for (size_t i = 0; i < checkpoint->extent_count; i++) {
        const struct extent *extent = &checkpoint->extent[i];

        if (!drop_memory(kernel, at, extent->offset))
            return false;
        memcpy((char *)kernel->arena.memory + extent->offset, extent->copy, extent->bytes);
        at = extent->offset + extent->bytes;
    }
    return drop_memory(kernel, at, ARENA_BYTES);
}

enum kernel_outcome kernel_restart(struct kernel *kernel)
{
    const struct checkpoint *checkpoint = kernel->checkpoint;

    kernel_clear_error(kernel);
    if (checkpoint == NULL)
        return kernel_done_if(
            kernel_fail_with(kernel, "there is no checkpoint: kernel_checkpoint() takes one"));
    if (!kernel_ask(kernel, REQUEST_RESTORE))
        return KERNEL_ERROR;
    if (!restore_memory(kernel))
        return kernel_done_if(
            kernel_fail_with(kernel, "cannot give back the kernel's memory: %s", strerror(errno)));
    kernel->registers = checkpoint->registers;
    kernel->state_set = checkpoint->state_set;
    kernel->executed = checkpoint->executed;
    kernel->passing = checkpoint->passing;
    kernel->passing_eip = checkpoint->passing_eip;
    kernel->tlb_flush = true;
    kernel->written.count = CONTROL_WRITTEN_ANY;
    kernel_forget_end(kernel);
    return KERNEL_DONE;
}
