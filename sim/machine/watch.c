#include "machine/watch.h"

#include "machine/sparse.h"
#include "machine/watch_blocks.h"
#include "machine/watch_state.h"
#include "machine/watch_tool.h"
#include <mm/layout.h>
#include <mm/machine.h>

#include <execinfo.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* The red zone has at least one granule. It is larger when this keeps a block whose size is a power
   of two aligned to its size, in strategies that promise this alignment. */
#define RED_ZONE_MIN 8u
#define RED_ZONE_MAX 128u

bool machine_watching;

static struct {
    struct watch_state state;
    struct watch_blocks blocks;
    uint32_t depth;
    uint32_t resizing; /* the block that is being resized, and its old size */
    uint32_t resizing_bytes;
    unsigned char *resizing_bits; /* known bits of these bytes; NULL: not kept */
} watch;

static enum watch_tool tool(void)
{
    return watch.state.tool;
}

/* ---- reports: the block of an address, and the calls that allocated and freed it ---- */

static void print_stack(const char *title, const struct watch_stack *stack)
{
    if (stack->depth == 0)
        return;
    fprintf(stderr, "%s\n", title);
    /* A return address is after its call, and may already belong to the next line. */
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

/* Print to standard error the block of a kernel address; NULL: the address is in no block. */
static void print_address(uint32_t address, const struct watch_block *block)
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

/* ---- begin and end ---- */

static void print_near(const void *address)
{
    uint64_t offset = (uintptr_t)address - (uintptr_t)watch.state.base;

    if (machine_watching && offset < UINT64_C(1) << 32)
        print_address((uint32_t)offset, watch_blocks_near(&watch.blocks, (uint32_t)offset));
}

bool watch_create(unsigned char *base, enum machine_watch chosen)
{
    enum watch_tool found = watch_tool_find();

    if (chosen == MACHINE_WATCH_NOTHING)
        return true;
    if (found == WATCH_TOOL_NONE && chosen != MACHINE_WATCH_ALONE)
        return true;
    watch.depth = 0;
    bool is_created = watch_state_create(&watch.state, found, base);
    is_created = watch_blocks_create(&watch.blocks) && is_created;
    machine_watching = true;
    if (!is_created)
        watch_destroy();
    else
        watch_tool_on_report(found, print_near);
    return is_created;
}

void watch_destroy(void)
{
    if (!machine_watching)
        return;
    if (watch.state.page && watch.blocks.block)
        watch_blocks_forget();
    watch_leave_to(0);
    watch_state_destroy(&watch.state);
    watch_blocks_destroy(&watch.blocks);
    machine_watching = false;
}

static void forget_block(void *context, struct watch_block *block)
{
    (void)context;
    block->live = false;
    watch_state_block_end(&watch.state, block->start, block->bytes);
}

/* The live blocks of a kernel that has ended are not leaks. */
void watch_blocks_forget(void)
{
    watch_blocks_for_each(&watch.blocks, forget_block, NULL);
    watch_state_reset(&watch.state);
}

/* ---- the memory manager is at work ---- */

void watch_manager_enters(void)
{
    watch.depth++;
    watch_tool_reports_off(tool());
}

void watch_manager_leaves(void)
{
    watch.depth--;
    watch_tool_reports_on(tool());
}

uint32_t watch_depth(void)
{
    return watch.depth;
}

void watch_leave_to(uint32_t depth)
{
    while (watch.depth > depth)
        watch_manager_leaves();
}

/* ---- blocks ---- */

/* Calls that are left out of a stack: ASan's backtrace() and this function. */
#define OWN_CALLS 2

__attribute__((noinline)) static void stack_note(struct watch_stack *stack)
{
    void *pc[OWN_CALLS + WATCH_STACK_MAX];

    if (tool() != WATCH_TOOL_ASAN)
        return;
    int depth = backtrace(pc, OWN_CALLS + WATCH_STACK_MAX) - OWN_CALLS;
    stack->depth = depth > 0 ? (uint32_t)depth : 0;
    memcpy(stack->pc, pc + OWN_CALLS, stack->depth * sizeof *pc);
}

uint32_t watch_block_room(uint32_t bytes)
{
    uint32_t zone = bytes & -bytes;

    zone = zone < RED_ZONE_MIN ? RED_ZONE_MIN : zone < RED_ZONE_MAX ? zone : RED_ZONE_MAX;
    return bytes <= UINT32_MAX - zone ? bytes + zone : bytes;
}

/* Open the addresses in the direct map at which other code may use the frames of a page. */
static void open_direct_map(uint32_t pa)
{
    if (pa < DIRECT_MAP_SIZE)
        watch_state_open_closed(&watch.state, DIRECT_MAP_BASE + pa);
}

static void open_kseg0(uint32_t pa)
{
    if (pa < KSEG_SIZE)
        watch_state_open_closed(&watch.state, KSEG0_BASE + pa);
}

static void open_others(uint32_t start, uint32_t bytes)
{
    uint64_t end = (uint64_t)start + bytes;

    for (uint64_t at = start & ~PAGE_OFFSET_MASK; at < end; at += PAGE_SIZE)
        if (at - KSEG0_BASE < KSEG_SIZE)
            open_direct_map((uint32_t)at - KSEG0_BASE);
        else if (at - DIRECT_MAP_BASE < DIRECT_MAP_SIZE)
            open_kseg0((uint32_t)at - DIRECT_MAP_BASE);
}

void watch_block_allocated(vaddr_t block, uint32_t bytes)
{
    struct watch_block *added = watch_blocks_add(&watch.blocks, block.value, bytes);

    if (added == NULL)
        return;
    stack_note(&added->allocated);
    open_others(block.value, bytes);
    watch_state_block_begin(&watch.state, block.value, bytes);
}

void watch_block_freed(vaddr_t block)
{
    struct watch_block *freed = watch_blocks_live(&watch.blocks, block.value);

    if (freed == NULL)
        return;
    freed->live = false;
    stack_note(&freed->freed);
    watch_state_block_end(&watch.state, freed->start, freed->bytes);
}

uint32_t watch_block_usable(vaddr_t block, uint32_t usable)
{
    const struct watch_block *live = watch_blocks_live(&watch.blocks, block.value);

    return live != NULL ? live->bytes : usable;
}

void watch_block_resizes(vaddr_t block)
{
    const struct watch_block *live = watch_blocks_live(&watch.blocks, block.value);

    sparse_unmap(watch.resizing_bits, watch.resizing_bytes); /* left by a call that ended in a
                                                                panic */
    watch.resizing_bits = NULL;
    watch.resizing = block.value;
    watch.resizing_bytes = live != NULL ? live->bytes : 0;
    if (watch.resizing_bytes == 0)
        return;
    watch.resizing_bits = sparse_map(watch.resizing_bytes);
    if (watch.resizing_bits != NULL)
        watch_tool_read_bits(tool(), watch.state.base + block.value, watch.resizing_bits,
                             watch.resizing_bytes);
}

/* After a move, the copy's values are known as far as the original's were. */
static void block_moved(vaddr_t to, uint32_t bytes)
{
    uint32_t kept = bytes < watch.resizing_bytes ? bytes : watch.resizing_bytes;

    watch_block_freed(vaddr(watch.resizing));
    watch_block_allocated(to, bytes);
    if (watch.resizing_bits != NULL && watch_blocks_live(&watch.blocks, to.value) != NULL)
        watch_tool_write_bits(tool(), watch.state.base + to.value, watch.resizing_bits, kept);
}

void watch_block_resized(vaddr_t resized, uint32_t bytes)
{
    struct watch_block *live = watch_blocks_live(&watch.blocks, watch.resizing);

    if (live != NULL && resized.value == watch.resizing) {
        watch_state_block_resize(&watch.state, live->start, live->bytes, bytes);
        watch_blocks_resize(&watch.blocks, live, bytes);
    } else if (!vaddr_is_none(resized)) {
        block_moved(resized, bytes);
    }
    sparse_unmap(watch.resizing_bits, watch.resizing_bytes);
    watch.resizing_bits = NULL;
}

/* ---- pages ---- */

void watch_pages_closed(vaddr_t start, uint32_t bytes)
{
    watch_state_close(&watch.state, start.value, bytes);
}

void watch_pages_opened(vaddr_t start, uint32_t bytes)
{
    watch_state_open(&watch.state, start.value, bytes);
    open_others(start.value, bytes);
}

void watch_frame_shown(vaddr_t va, paddr_t pa)
{
    if (va.value - DIRECT_MAP_BASE < DIRECT_MAP_SIZE)
        return;
    open_direct_map(pa.value & ~PAGE_OFFSET_MASK);
    open_kseg0(pa.value & ~PAGE_OFFSET_MASK);
}

bool watch_is_open(vaddr_t va)
{
    return watch_state_is_open(&watch.state, va.value);
}

void watch_stored(vaddr_t va, uint32_t bytes)
{
    watch_state_stored(&watch.state, va.value, bytes);
}

void watch_frame_zeroed(pfn_t frame)
{
    if (frame.value < LOW_END_PFN)
        watch_stored(direct_map_frame(frame), PAGE_SIZE);
}

/* ---- the host's mappings ---- */

/*
 * When something is mapped at an address, Valgrind forgets the origin of unknown values there. When
 * a mapping is moved to the address, it remembers.
 */
static bool map_by_moving(unsigned char *address, size_t bytes, int rights, int flags, int fd,
                          uint64_t at)
{
    void *elsewhere = mmap(NULL, bytes, rights, flags & ~MAP_FIXED, fd, (off_t)at);

    if (elsewhere == MAP_FAILED)
        return false;
    watch_tool_open(tool(), elsewhere, bytes);
    if (mremap(elsewhere, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, address) != MAP_FAILED)
        return true;
    munmap(elsewhere, bytes);
    return false;
}

static bool map_in_place(unsigned char *address, size_t bytes, int rights, int flags, int fd,
                         uint64_t at)
{
    bool mapped = mmap(address, bytes, rights, flags, fd, (off_t)at) != MAP_FAILED;

    watch_tool_open(tool(), address, bytes);
    return mapped;
}

bool watch_map(unsigned char *address, size_t bytes, int rights, int flags, int fd, uint64_t at)
{
    uint32_t start = (uint32_t)(address - watch.state.base);
    uint64_t end = start + (uint64_t)bytes;
    bool moves = tool() == WATCH_TOOL_VALGRIND && bytes <= LARGE_PAGE_SIZE &&
                 watch_state_has_mixed(&watch.state, start, end);

    watch_state_save(&watch.state, start, end);
    bool mapped = moves ? map_by_moving(address, bytes, rights, flags, fd, at)
                        : map_in_place(address, bytes, rights, flags, fd, at);
    watch_state_restore(&watch.state, start, end);
    return mapped;
}
