#include "machine/watch_report.h"

#include "machine/watch_tool.h"

#include <inttypes.h>
#include <stdio.h>

static void print_stack(const char *title, const struct watch_stack *stack)
{
    if (stack->depth == 0)
        return;
    fprintf(stderr, "%s\n", title);
    /* A return address is behind its call, which may be the last of its line. */
    for (uint32_t i = 0; i < stack->depth; i++)
        watch_tool_print_pc(i, (unsigned char *)stack->pc[i] - 1);
}

static void print_place(uint32_t address, const struct watch_block *block)
{
    uint64_t end = (uint64_t)block->start + block->bytes;

    if (address < block->start)
        fprintf(stderr, "%" PRIu32 " bytes before", block->start - address);
    else if (address >= end)
        fprintf(stderr, "%" PRIu64 " bytes after", address - end);
    else
        fprintf(stderr, "%" PRIu32 " bytes inside", address - block->start);
}

void watch_report_print(uint32_t address, const struct watch_block *block)
{
    fprintf(stderr, "Kernel address 0x%08" PRIx32 " is ", address);
    if (block == NULL) {
        fprintf(stderr, "in no block of the memory manager\n");
        return;
    }
    print_place(address, block);
    fprintf(stderr, " a block of %" PRIu32 " bytes at 0x%08" PRIx32 "%s\n", block->bytes,
            block->start, block->live ? "" : " that was given back");
    print_stack("given back by:", &block->freed);
    print_stack("allocated by:", &block->allocated);
}
