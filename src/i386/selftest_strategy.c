#include "selftest.h"

#include "replay/random.h"
#include "traps.h"
#include "user.h"
#include <mm/machine.h>
#include <mm/strategy.h>

#define STEPS       4000u
#define CHECK_EVERY 250u
#define LIVE_MAX    64u
#define BYTES_BITS  15u /* blocks of up to 32 KiB */
#define ORDERS      3u
#define SEED        0x9e3779b9u

enum live_kind { LIVE_NONE, LIVE_BLOCK, LIVE_VMALLOC, LIVE_PAGES };

struct live {
    enum live_kind kind;
    uint32_t where; /* the address, or the first frame of LIVE_PAGES */
    uint32_t order;
    uint32_t tag; /* the value of the first word */
};

struct workload {
    struct mm *mm;
    uint32_t random;
    struct live live[LIVE_MAX];
};

/* Every magnitude is equally likely, so small blocks are as frequent as large ones. */
static uint32_t random_bytes(struct workload *work)
{
    uint32_t bits = 3u + random32(&work->random) % (BYTES_BITS - 2u);

    return 4u + (random32(&work->random) & ((1u << bits) - 1u));
}

static uint32_t *live_word(const struct live *live)
{
    return machine_pointer(live->kind == LIVE_PAGES ? direct_map_frame(pfn(live->where))
                                                    : vaddr(live->where));
}

static const char *live_free(struct workload *work, struct live *live)
{
    struct live freed = *live;

    live->kind = LIVE_NONE;
    if (*live_word(&freed) != freed.tag)
        return "a block's contents changed";
    if (freed.kind == LIVE_BLOCK)
        kfree(work->mm, vaddr(freed.where));
    else if (freed.kind == LIVE_VMALLOC)
        vfree(work->mm, vaddr(freed.where));
    else
        pages_free(work->mm, pfn(freed.where), freed.order);
    return NULL;
}

/* Touches every page, which gives each a frame. A page that gets none is left to the checks. */
static void pages_use(vaddr_t start, uint32_t bytes)
{
    for (uint32_t offset = 0; offset < bytes; offset += PAGE_SIZE)
        (void)machine_touch(vaddr_add(start, offset), true);
}

static void live_note(struct live *live, enum live_kind kind, uint32_t where, uint32_t tag)
{
    live->kind = kind;
    live->where = where;
    live->tag = tag;
    *live_word(live) = tag;
}

static void block_make(struct workload *work, struct live *live)
{
    uint32_t bytes = random_bytes(work);
    uint32_t tag = random32(&work->random);
    enum live_kind kind = tag % 4u == 0 ? LIVE_VMALLOC : LIVE_BLOCK;
    vaddr_t block =
        kind == LIVE_VMALLOC ? vmalloc(work->mm, bytes) : kmalloc(work->mm, bytes, PAGES_LOW);

    if (vaddr_is_none(block))
        return;
    pages_use(block, bytes);
    live_note(live, kind, block.value, tag);
}

static void pages_make(struct workload *work, struct live *live)
{
    uint32_t tag = random32(&work->random);
    uint32_t order = tag % (ORDERS + 1u);
    enum page_class page_class = tag % 5u == 0 ? PAGES_DMA : PAGES_LOW;
    pfn_t first = pages_alloc(work->mm, order, page_class);

    if (pfn_is_none(first))
        return;
    live->order = order;
    live_note(live, LIVE_PAGES, first.value, tag);
}

static void block_resize(struct workload *work, struct live *live)
{
    uint32_t bytes = random_bytes(work);
    vaddr_t moved = krealloc(work->mm, vaddr(live->where), bytes);

    if (vaddr_is_none(moved))
        return;
    pages_use(moved, bytes);
    live->where = moved.value;
}

static const char *workload_step(struct workload *work)
{
    struct live *live = &work->live[random32(&work->random) % LIVE_MAX];
    uint32_t choice = random32(&work->random) % 4u;

    if (live->kind == LIVE_NONE && choice == 0)
        pages_make(work, live);
    else if (live->kind == LIVE_NONE)
        block_make(work, live);
    else if (live->kind == LIVE_BLOCK && choice == 0)
        block_resize(work, live);
    else
        return live_free(work, live);
    return NULL;
}

/* Allocates all low frames, linked in a list, and frees them: a heap may keep free frames until
   they run short. */
static void frames_run_short(struct mm *mm)
{
    uint32_t taken = 0; /* 0 ends the list: frame 0 is never allocated */

    for (;;) {
        pfn_t frame = pages_alloc(mm, 0, PAGES_LOW);
        if (pfn_is_none(frame))
            frame = pages_alloc(mm, 0, PAGES_DMA);
        if (pfn_is_none(frame))
            break;
        *(uint32_t *)machine_pointer(direct_map_frame(frame)) = taken;
        taken = frame.value;
    }
    while (taken != 0) {
        pfn_t frame = pfn(taken);
        taken = *(uint32_t *)machine_pointer(direct_map_frame(frame));
        pages_free(mm, frame, 0);
    }
}

static const char *workload_run(struct workload *work)
{
    const char *broken = NULL;

    for (uint32_t step = 1; step <= STEPS && broken == NULL; step++) {
        broken = workload_step(work);
        if (broken == NULL && step % CHECK_EVERY == 0)
            broken = mm_check(work->mm);
    }
    for (uint32_t i = 0; i < LIVE_MAX && broken == NULL; i++)
        if (work->live[i].kind != LIVE_NONE)
            broken = live_free(work, &work->live[i]);
    frames_run_short(work->mm);
    return broken != NULL ? broken : mm_check(work->mm);
}

/* Plain writes to the pages of a new block work. Under a strategy with a page-fault handler they
   cause page faults. */
static const char *check_first_writes(struct mm *mm)
{
    uint32_t faults = traps_faults_resolved();
    vaddr_t block = kmalloc(mm, 4u * PAGE_SIZE, PAGES_LOW);

    if (vaddr_is_none(block))
        return "a first block of 16 KiB is refused";
    for (uint32_t page = 0; page < 4u; page++)
        *(volatile uint32_t *)machine_pointer(vaddr_add(block, page * PAGE_SIZE)) = page;
    for (uint32_t page = 0; page < 4u; page++)
        if (*(uint32_t *)machine_pointer(vaddr_add(block, page * PAGE_SIZE)) != page)
            return "a page of a first block does not keep what is written";
    kfree(mm, block);
    if (mm->strategy->page_fault != NULL && traps_faults_resolved() == faults)
        return "the heap's first pages came without a page fault";
    return NULL;
}

static const char *check_started(struct mm *mm)
{
    static struct workload work;
    uint32_t frames_used = mm->counters.frames_used;
    uint64_t free_bytes = mm_free_bytes(mm);

    work = (struct workload){.mm = mm, .random = SEED};
    const char *broken = check_first_writes(mm);
    if (broken == NULL)
        broken = workload_run(&work);
    if (broken != NULL)
        return broken;
    if (mm->counters.frames_used != frames_used)
        return "frames are lost";
    return mm_free_bytes(mm) == free_bytes ? NULL : "free bytes are lost";
}

static struct mm mm;

const char *selftest_strategy(const struct strategy *strategy, const struct memmap *map)
{
    if (!mm_init(&mm, strategy, map))
        return "the memory map has no room for its metadata";
    user_page_map(&mm);
    const char *broken = check_started(&mm);
    mm_exit(&mm);
    return broken;
}

_Noreturn void selftest_panic(const struct strategy *strategy, const struct memmap *map)
{
    if (!mm_init(&mm, strategy, map))
        machine_panic(__func__, "the memory map has no room for the metadata", 0);
    user_page_map(&mm);
    vaddr_t block = kmalloc(&mm, 64, PAGES_LOW);
    kfree(&mm, block);
    kfree(&mm, block);
    machine_panic(__func__, "a double free is not caught", block.value);
}
