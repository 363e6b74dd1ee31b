#include "owners.h"

/* ---- the map ---- */

void owner_set_range(struct mm *mm, pfn_t start, pfn_t end, enum frame_owner owner)
{
    uint8_t *bytes = owner_byte(mm, pfn(0));

    for (uint32_t frame = start.value; frame < end.value; frame++) {
        if (MM_HARDENING >= HARDEN_FULL)
            owner_tally(mm, pfn(frame), owner_pack(owner, 0));
        bytes[frame] = owner_pack(owner, 0);
    }
}

/* The frames of the map have old contents, but the tally starts from a map of zeros. */
static void map_clear(const struct mm *mm)
{
    for (uint32_t frame = 0; frame < mm->owners_end.value; frame++)
        *owner_byte(mm, pfn(frame)) = 0;
}

bool owners_init(struct mm *mm)
{
    pfn_t end = memmap_end(&mm->given);
    pfn_t first = memmap_carve(&mm->map, mm->low_end, bytes_to_pages(end.value));

    if (pfn_is_none(first))
        return false;
    mm->owners = direct_map_frame(first);
    mm->owners_end = end;
    if (MM_HARDENING >= HARDEN_FULL)
        map_clear(mm);
    owner_set_range(mm, pfn(0), pfn(RESERVED_END_PFN), OWNER_RESERVED);
    owner_set_range(mm, pfn(RESERVED_END_PFN), end, OWNER_DEVICE);
    for (uint32_t i = 0; i < mm->given.count; i++)
        owner_set_range(mm, mm->given.range[i].start, mm->given.range[i].end, OWNER_FREE);
    owner_set_range(mm, first, pfn_add(first, bytes_to_pages(end.value)), OWNER_METADATA);
    return true;
}

/* Returns the block that begins at a frame, or a single free frame if none does. */
static struct owned_block block_at(const struct mm *mm, uint32_t frame)
{
    uint8_t byte = owner_in_map(mm, pfn(frame));

    return (struct owned_block){(enum frame_owner)(byte & OWNER_MASK), byte >> OWNER_ORDER_SHIFT,
                                pfn(frame)};
}

struct owned_block owner_of(const struct mm *mm, pfn_t frame)
{
    if (frame.value >= mm->owners_end.value)
        return (struct owned_block){OWNER_DEVICE, 0, frame};
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        struct owned_block block = block_at(mm, frame.value & UINT32_MAX << order);
        if (block.owner != OWNER_FREE && block.order >= order)
            return block;
    }
    return (struct owned_block){OWNER_FREE, 0, frame};
}

/* Returns how many single frames from `frame` on, up to `end`, have the same owner; 0 if `frame`
   begins a block. Looks at four frames at a time. */
static uint32_t same_singles(const struct mm *mm, uint32_t frame, uint32_t end)
{
    const uint8_t *bytes = owner_byte(mm, pfn(0));
    uint32_t byte = bytes[frame];
    uint32_t next = frame + 1u;

    if (byte > OWNER_MASK)
        return 0;
    while (next % 4u != 0 && next < end && bytes[next] == byte)
        next++;
    if (next % 4u != 0 || next == end || bytes[next] != byte)
        return next - frame;
    while (end - next >= 4u && *(const uint32_t *)(const void *)&bytes[next] == byte * 0x01010101u)
        next += 4u;
    while (next < end && bytes[next] == byte)
        next++;
    return next - frame;
}

/* ---- the kinds of frames, for reports ---- */

static const uint8_t kind_of_owner[OWNER_MASK + 1u] = {
    [OWNER_FREE] = FRAME_FREE,
    [OWNER_DEVICE] = FRAME_DEVICE,
    [OWNER_RESERVED] = FRAME_RESERVED,
    [OWNER_METADATA] = FRAME_METADATA,
    [OWNER_PAGE_TABLE] = FRAME_PAGE_TABLE,
    [OWNER_KERNEL] = FRAME_KERNEL,
    [OWNER_PAGES_USER] = FRAME_USER,
    [OWNER_HEAP] = FRAME_HEAP,
    [OWNER_BLOCK] = FRAME_HEAP,
    [OWNER_SLAB] = FRAME_SLAB,
    [OWNER_VMALLOC] = FRAME_VMALLOC,
    [OWNER_USER] = FRAME_USER,
};

const char *frame_kind_name(enum frame_kind kind)
{
    static const char *const names[FRAME_KIND_COUNT] = {
        [FRAME_FREE] = "free",
        [FRAME_DEVICE] = "device",
        [FRAME_RESERVED] = "reserved",
        [FRAME_METADATA] = "metadata",
        [FRAME_PAGE_TABLE] = "page_table",
        [FRAME_KERNEL] = "kernel",
        [FRAME_HEAP] = "heap",
        [FRAME_SLAB] = "slab",
        [FRAME_VMALLOC] = "vmalloc",
        [FRAME_USER] = "user",
    };

    return names[kind];
}

enum frame_kind mm_frame_block(const struct mm *mm, pfn_t frame, pfn_t *first, uint32_t *order)
{
    struct owned_block block = owner_of(mm, frame);

    *first = block.first;
    *order = block.order;
    return (enum frame_kind)kind_of_owner[block.owner];
}

enum frame_kind mm_frame_kind(const struct mm *mm, pfn_t frame)
{
    return (enum frame_kind)kind_of_owner[owner_of(mm, frame).owner];
}

/* Stores a kind for the frames [start, end), and returns end. */
static inline uint32_t kinds_fill(uint8_t kinds[], uint32_t start, uint32_t end, uint8_t kind)
{
    while (start < end)
        kinds[start++] = kind;
    return start;
}

void mm_frame_kinds(const struct mm *mm, uint8_t kinds[], pfn_t end)
{
    uint32_t ram_end = end.value < mm->owners_end.value ? end.value : mm->owners_end.value;
    uint32_t frame = 0;

    while (frame < ram_end) {
        struct owned_block block = block_at(mm, frame);
        uint32_t frames = same_singles(mm, frame, ram_end);
        uint32_t next = frame + (frames != 0 ? frames : 1u << block.order);
        frame =
            kinds_fill(kinds, frame, next < ram_end ? next : ram_end, kind_of_owner[block.owner]);
    }
    (void)kinds_fill(kinds, frame, end.value, FRAME_DEVICE);
}

/* ---- the checker ---- */

/* No block crosses the end of a range of RAM. */
void owners_count(const struct mm *mm, struct owner_counts *counts)
{
    *counts = (struct owner_counts){{0}};
    for (uint32_t i = 0; i < mm->given.count; i++) {
        uint32_t end = mm->given.range[i].end.value;
        for (uint32_t frame = mm->given.range[i].start.value; frame < end;) {
            struct owned_block block = block_at(mm, frame);
            uint32_t frames = same_singles(mm, frame, end);
            frames = frames != 0 ? frames : 1u << block.order;
            counts->frames[block.owner] += frames;
            frame += frames;
        }
    }
}

/* May a block of this owner have an order above 0? */
static bool is_of_blocks(enum frame_owner owner)
{
    return owner == OWNER_KERNEL || owner == OWNER_PAGES_USER || owner == OWNER_BLOCK ||
           owner == OWNER_SLAB;
}

/* Checks the block that begins at a frame. None of its other frames may have an owner of its
   own. */
static const char *check_block(const struct mm *mm, struct owned_block block)
{
    uint32_t frames = 1u << block.order;

    if (block.owner >= OWNER_COUNT)
        return "owners: a frame has an owner that does not exist";
    if (block.order > ORDER_MAX || (block.order != 0 && !is_of_blocks(block.owner)))
        return "owners: a frame begins a block of an order that its owner cannot have";
    if (block.first.value % frames != 0 || frames > mm->owners_end.value - block.first.value)
        return "owners: a block is not aligned to its size, or ends beyond RAM";
    for (uint32_t i = 1; i < frames; i++)
        if (!owner_is(mm, pfn_add(block.first, i), OWNER_FREE))
            return "owners: a block begins inside another";
    return NULL;
}

static const char *check_range(const struct mm *mm, struct frame_range range)
{
    const char *broken = NULL;

    for (uint32_t frame = range.start.value; frame < range.end.value && broken == NULL;) {
        struct owned_block block = block_at(mm, frame);
        uint32_t frames = same_singles(mm, frame, range.end.value);
        if (frames == 0 || block.owner >= OWNER_COUNT)
            broken = check_block(mm, block);
        frame += frames != 0 ? frames : 1u << block.order;
    }
    return broken;
}

static bool all_are(const struct mm *mm, uint32_t start, uint32_t end, enum frame_owner owner)
{
    while (start < end) {
        if (!owner_is(mm, pfn(start), owner))
            return false;
        start += same_singles(mm, start, end);
    }
    return true;
}

/* Checks the owners that follow from the memory map: those of frames outside of RAM, and of the
   first 4 MiB. */
static const char *check_against_map(const struct mm *mm)
{
    uint32_t end = RESERVED_END_PFN;

    for (uint32_t i = 0; i < mm->given.count; i++) {
        if (!all_are(mm, end, mm->given.range[i].start.value, OWNER_DEVICE))
            return "owners: a frame that is no RAM has an owner";
        end = mm->given.range[i].end.value;
    }
    return all_are(mm, 0, RESERVED_END_PFN, OWNER_RESERVED)
               ? NULL
               : "owners: a frame of the first 4 MiB is not reserved";
}

struct range_check {
    const struct mm *mm;
    uint32_t free; /* frames without an owner */
    const char *broken;
};

/* Checks that the frames of a free range have no owner: no block contains the first of them, and
   none begins in the range. Single frames of the heap may be free, too, if the heap owns its
   memory. */
static void check_free_range(void *context, pfn_t start, pfn_t end)
{
    struct range_check *check = context;
    bool inside = owner_of(check->mm, start).order != 0;

    for (uint32_t frame = start.value; frame < end.value && !inside;) {
        enum frame_owner owner = block_at(check->mm, frame).owner;
        uint32_t frames = same_singles(check->mm, frame, end.value);
        inside = owner != OWNER_FREE && (owner != OWNER_HEAP || frames == 0);
        frames = frames != 0 ? frames : 1;
        check->free += owner == OWNER_FREE ? frames : 0;
        frame += frames;
    }
    if (inside)
        check->broken = "owners: a frame that the strategy has free has an owner";
}

static uint32_t map_tally(const struct mm *mm)
{
    uint32_t tally = 0;

    for (uint32_t frame = 0; frame < mm->owners_end.value; frame++)
        tally ^= tally_of(frame, *owner_byte(mm, pfn(frame)));
    return tally;
}

const char *owners_check(const struct mm *mm)
{
    const char *broken = check_against_map(mm);

    if (MM_HARDENING >= HARDEN_FULL && map_tally(mm) != mm->owners_tally)
        return "owners: the owner of a frame has changed by itself";
    for (uint32_t i = 0; i < mm->given.count && broken == NULL; i++)
        broken = check_range(mm, mm->given.range[i]);
    return broken;
}

const char *owners_check_free(struct mm *mm)
{
    struct range_check check = {mm, 0, NULL};
    struct owner_counts counts;

    owners_count(mm, &counts);
    mm_free_ranges(mm, check_free_range, &check);
    if (check.broken != NULL)
        return check.broken;
    return check.free == counts.frames[OWNER_FREE]
               ? NULL
               : "owners: a frame without an owner is not free in the strategy";
}
