#include "misuse.h"

/* machine_panic() prints the number of the frame in place of @. */
static const char *const facts[OWNER_COUNT] = {
    [OWNER_FREE] = "frame @ is free",
    [OWNER_DEVICE] = "frame @ is no RAM",
    [OWNER_RESERVED] = "frame @ is reserved",
    [OWNER_METADATA] = "frame @ is metadata",
    [OWNER_PAGE_TABLE] = "frame @ is a page table",
    [OWNER_HEAP] = "frame @ is the heap's",
    [OWNER_BLOCK] = "frame @ is in a block of kmalloc()",
    [OWNER_SLAB] = "frame @ is a slab's",
    [OWNER_VMALLOC] = "frame @ is vmalloc()'s",
    [OWNER_USER] = "frame @ is a page of a process",
};

static const char *const block_facts[ORDER_COUNT] = {
    "frame @ is a single page",           "frame @ starts a block of order 1",
    "frame @ starts a block of order 2",  "frame @ starts a block of order 3",
    "frame @ starts a block of order 4",  "frame @ starts a block of order 5",
    "frame @ starts a block of order 6",  "frame @ starts a block of order 7",
    "frame @ starts a block of order 8",  "frame @ starts a block of order 9",
    "frame @ starts a block of order 10",
};

static bool is_pages(enum frame_owner owner)
{
    return owner == OWNER_KERNEL || owner == OWNER_PAGES_USER;
}

static bool is_kmallocs(enum frame_owner owner)
{
    return owner == OWNER_HEAP || owner == OWNER_BLOCK || owner == OWNER_SLAB;
}

_Noreturn void misuse_frame(const struct mm *mm, const char *call, pfn_t frame)
{
    struct owned_block block = owner_of(mm, frame);

    if (block.owner >= OWNER_COUNT)
        machine_panic(call, "the owner of frame @ does not exist", frame.value);
    if (is_pages(block.owner) && block.first.value != frame.value)
        machine_panic(call, "frame @ is inside a block of pages", frame.value);
    machine_panic(call, is_pages(block.owner) ? block_facts[block.order] : facts[block.owner],
                  frame.value);
}

_Noreturn void misuse_block(const struct mm *mm, const char *call, vaddr_t block, const char *fault)
{
    paddr_t pa;

    if (mm_translate(mm, block, &pa) && !is_kmallocs(owner_of(mm, paddr_to_pfn(pa)).owner))
        misuse_frame(mm, call, paddr_to_pfn(pa));
    machine_panic(call, fault, block.value);
}

/* Returns the frame to which a C pointer leads, or PFN_NONE if that is not in the direct map. */
static pfn_t frame_behind(const void *pointer)
{
    uintptr_t offset = (uintptr_t)pointer - (uintptr_t)machine_pointer(vaddr(DIRECT_MAP_BASE));

    return offset < DIRECT_MAP_SIZE ? pfn((uint32_t)(offset >> PAGE_SHIFT)) : PFN_NONE;
}

_Noreturn void misuse_heap_free(const struct heap *heap, const char *fault, vaddr_t block)
{
    const struct mm *mm = mm_active();

    if (mm != NULL && owner_is(mm, frame_behind(heap), OWNER_METADATA))
        misuse_block(mm, "kfree", block, fault);
    machine_panic("heap_free", fault, block.value);
}

_Noreturn void misuse_area(const struct mm *mm, vaddr_t block, const char *fault)
{
    paddr_t pa;

    if (mm_translate(mm, block, &pa) && owner_of(mm, paddr_to_pfn(pa)).owner != OWNER_VMALLOC)
        misuse_frame(mm, "vfree", paddr_to_pfn(pa));
    machine_panic("vfree", fault, block.value);
}
