#include <mm/framebuffer.h>
#include <mm/machine.h>
#include <mm/pgtable.h>
#include <mm/process.h>
#include <mm/strategy.h>

#include "misuse.h"
#include "owners.h"
#include "process_regions.h"
#include "seal.h"
#include "user_pages.h"

_Static_assert(sizeof(struct process) == 56,
               "the layout in simulated memory is the same on every machine");
_Static_assert(USER_END % LARGE_PAGE_SIZE == 0 && KSEG0_BASE % LARGE_PAGE_SIZE == 0,
               "user space has whole page tables, wherever it ends");

static uint32_t stack_start(const struct mm *mm)
{
    return mm->user_end - USER_STACK_BYTES;
}

static vaddr_t address_of(const struct process *process)
{
    return direct_map_frame(process->control);
}

static struct process *process_at(vaddr_t address)
{
    return machine_pointer(address);
}

/* ---- the seal of HARDEN_FULL ---- */

static uint32_t words_seal(const struct process *process)
{
    const uint32_t words[] = {process->control.value, process->directory.value,
                              process->heap_start.value, process->heap_end.value};

    return seal_words(words, sizeof words);
}

void process_seal(struct process *process)
{
    if (MM_HARDENING >= HARDEN_FULL)
        process->seal = words_seal(process);
}

static bool is_sealed(const struct process *process)
{
    return MM_HARDENING < HARDEN_FULL || process->seal == words_seal(process);
}

/* The pointer has to be the start of a frame that belongs to page tables. Only then the first word
   is read, which in a control page, and in no other such frame, is the frame's own number. */
void process_assert_live(const struct mm *mm, const struct process *process, const char *call)
{
    uintptr_t offset = (uintptr_t)process - (uintptr_t)machine_pointer(vaddr(DIRECT_MAP_BASE));
    pfn_t frame = pfn((uint32_t)(offset >> PAGE_SHIFT));

    if (offset >= DIRECT_MAP_SIZE || offset % PAGE_SIZE != 0)
        machine_panic(call, "not a process", DIRECT_MAP_BASE + (uint32_t)offset);
    if (!owner_is(mm, frame, OWNER_PAGE_TABLE))
        misuse_frame(mm, call, frame);
    if (process->control.value != frame.value)
        machine_panic(call, "frame @ is a page table, and not a process", frame.value);
    if (!is_sealed(process))
        machine_panic(call, "the words of process @ are smashed", frame.value);
}

/* ---- the ring ---- */

static void ring_enter(struct mm *mm, struct process *process)
{
    vaddr_t self = address_of(process);

    process->next = self;
    process->previous = self;
    if (!vaddr_is_none(mm->processes)) {
        struct process *after = process_at(mm->processes);
        process->next = mm->processes;
        process->previous = after->previous;
        process_at(after->previous)->next = self;
        after->previous = self;
    }
    mm->processes = self;
}

static void ring_leave(struct mm *mm, const struct process *process)
{
    vaddr_t self = address_of(process);

    if (MM_HARDENING >= HARDEN_FULL && (process_at(process->previous)->next.value != self.value ||
                                        process_at(process->next)->previous.value != self.value))
        machine_panic("process_exit", "a link of the ring of processes is broken", self.value);
    process_at(process->previous)->next = process->next;
    process_at(process->next)->previous = process->previous;
    if (mm->processes.value == self.value)
        mm->processes = process->next.value == self.value ? VADDR_NONE : process->next;
}

/* ---- the parts of a program ---- */

enum { PART_TEXT, PART_DATA, PART_BSS, PART_COUNT };

/* The addresses of the parts, which follow one another; each starts at a page boundary. */
struct placement {
    uint32_t start[PART_COUNT + 1]; /* the last one is the start of the heap */
    uint32_t content_pages;         /* the pages of .text and .data */
    uint32_t content_tables;        /* the page tables of these pages */
};

static bool image_place(const struct mm *mm, const struct process_image *image,
                        struct placement *place)
{
    const uint32_t bytes[PART_COUNT] = {image->text_bytes, image->data_bytes, image->bss_bytes};
    uint32_t at = USER_TEXT;

    for (uint32_t part = 0; part < PART_COUNT; part++) {
        uint32_t pages = bytes_to_pages(bytes[part]);
        if (pages >= (stack_start(mm) - at) >> PAGE_SHIFT)
            return false;
        place->start[part] = at;
        at += pages << PAGE_SHIFT;
    }
    place->start[PART_COUNT] = at;
    uint32_t content_end = place->start[PART_BSS];
    place->content_pages = (content_end - USER_TEXT) >> PAGE_SHIFT;
    place->content_tables = place->content_pages == 0 ? 0
                                                      : directory_index(vaddr(content_end - 1u)) -
                                                            directory_index(vaddr(USER_TEXT)) + 1u;
    return true;
}

/* This cannot fail: the regions do not overlap, and the control page has room for their nodes. */
static void add_regions(struct mm *mm, struct process *process, const struct placement *place)
{
    static const struct {
        enum region_kind kind;
        bool writable;
    } parts[PART_COUNT] = {{REGION_TEXT, false}, {REGION_DATA, true}, {REGION_BSS, true}};

    for (uint32_t i = 0; i < PART_COUNT; i++)
        MM_ASSERT(process_region_add(mm, process, place->start[i], place->start[i + 1u],
                                     parts[i].kind, parts[i].writable));
    MM_ASSERT(process_region_add(mm, process, stack_start(mm), mm->user_end, REGION_STACK, true));
    process->heap_start = vaddr(place->start[PART_COUNT]);
    process->heap_end = process->heap_start;
    process_seal(process);
}

static bool load_contents(struct mm *mm, struct process *process, const struct process_image *image,
                          const struct placement *place)
{
    return (image->text_bytes == 0 || process_copy_in(mm, process, vaddr(place->start[PART_TEXT]),
                                                      image->text, image->text_bytes)) &&
           (image->data_bytes == 0 || process_copy_in(mm, process, vaddr(place->start[PART_DATA]),
                                                      image->data, image->data_bytes));
}

/* ---- creation and exit ---- */

/* The user part is empty, the kernel part is a copy of the kernel's, and the recursive entry maps
   the directory itself. */
static void build_directory(const struct mm *mm, pfn_t frame)
{
    const uint32_t *kernel = pgtable_entries(paddr_to_pfn(mm->directory));
    uint32_t *directory = pgtable_entries(frame);

    uint32_t user_end = directory_index(vaddr(mm->user_end));

    for (uint32_t i = 0; i < user_end; i++)
        directory[i] = 0;
    for (uint32_t i = user_end; i < RECURSIVE_ENTRY; i++)
        directory[i] = kernel[i];
    directory[RECURSIVE_ENTRY] = pfn_to_paddr(frame).value | PTE_PRESENT | PTE_WRITABLE;
}

/* Takes frames for the control page and the directory, both or neither. */
static bool frames_take(struct mm *mm, pfn_t *control, pfn_t *directory)
{
    *control = mm_pages_take(mm, 0, PAGES_LOW, OWNER_PAGE_TABLE);
    if (pfn_is_none(*control))
        return false;
    *directory = mm_pages_take(mm, 0, PAGES_LOW, OWNER_PAGE_TABLE);
    if (!pfn_is_none(*directory))
        return true;
    mm_pages_give(mm, *control, 0);
    return false;
}

static struct process *process_begin(struct mm *mm, pfn_t control, pfn_t directory)
{
    vaddr_t page = direct_map_frame(control);
    struct process *process = process_at(page);

    *process = (struct process){.control = control, .directory = directory};
    region_tree_init(&process->regions, vaddr_add(page, (uint32_t)sizeof *process),
                     PAGE_SIZE - (uint32_t)sizeof *process);
    build_directory(mm, directory);
    ring_enter(mm, process);
    return process;
}

struct process *process_create(struct mm *mm, const struct process_image *image)
{
    static const struct process_image none = {0};
    const struct process_image *program = image != NULL ? image : &none;
    const struct mm_counters before = mm->counters;
    struct process *process = NULL;
    struct placement place;
    pfn_t control;
    pfn_t directory;

    MM_ASSERT(program->text != NULL || program->text_bytes == 0);
    MM_ASSERT(program->data != NULL || program->data_bytes == 0);
    if (!image_place(mm, program, &place)) {
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
        return NULL;
    }
    if (mm_frames_ready(mm, 2u + place.content_tables, place.content_pages) &&
        frames_take(mm, &control, &directory)) {
        process = process_begin(mm, control, directory);
        add_regions(mm, process, &place);
        if (load_contents(mm, process, program, &place))
            return process;
        process_exit(mm, process);
    }
    mm_restore_peaks(mm, &before);
    return NULL;
}

static void drop_regions(struct mm *mm, struct process *process)
{
    const struct region *region;

    while ((region = region_find(&process->regions, USER_START)) != NULL) {
        uint32_t start = region->start;
        uint32_t end = region->end;
        region_cut(&process->regions, start, end);
        user_pages_drop(mm, process, start, end);
    }
}

void process_exit(struct mm *mm, struct process *process)
{
    process_assert_live(mm, process, __func__);
    pfn_t control = process->control;
    pfn_t directory = process->directory;

    const char *broken = MM_HARDENING >= HARDEN_FULL ? process_check(mm, process) : NULL;

    if (broken != NULL)
        machine_panic(__func__, broken, control.value);
    if (mm->current == process)
        process_switch(mm, NULL);
    ring_leave(mm, process);
    drop_regions(mm, process);
    region_pool_release(mm, &process->regions);
    mm_pages_give(mm, directory, 0);
    mm_pages_give(mm, control, 0);
}

void process_switch(struct mm *mm, struct process *process)
{
    if (process != NULL)
        process_assert_live(mm, process, __func__);
    mm->current = process;
    machine_load_cr3(process != NULL ? pfn_to_paddr(process->directory) : mm->directory);
}

void process_for_each_frame(const struct process *process,
                            void (*visit)(void *context, pfn_t frame), void *context)
{
    visit(context, process->control);
    visit(context, process->directory);
    region_pool_for_each_frame(&process->regions, visit, context);
    user_pages_for_each_frame(process, visit, context);
}

/* ---- the checkers ---- */

const char *process_check(const struct mm *mm, const struct process *process)
{
    const char *broken = region_check(&process->regions, mm->user_end);

    if (!is_sealed(process))
        return "process: its directory or its heap has changed by itself";
    if (broken == NULL)
        broken = user_pages_check(mm, process);
    if (broken != NULL)
        return broken;
    if (!owner_is(mm, process->control, OWNER_PAGE_TABLE) ||
        !owner_is(mm, process->directory, OWNER_PAGE_TABLE))
        return "process: its control page or directory has another owner";
    if (process->heap_start.value > process->heap_end.value)
        return "process: the heap ends before it starts";
    return process_at(process->next)->previous.value == address_of(process).value
               ? NULL
               : "process: the next in the ring does not point back";
}

/* The number of frames that processes and the kernel's page tables use, by owner. */
struct frame_totals {
    uint32_t user;
    uint32_t tables;
};

static void count_pool_frame(void *context, pfn_t frame)
{
    (void)frame;
    ((struct frame_totals *)context)->tables++;
}

static void total_frames(const struct process *process, struct frame_totals *totals)
{
    totals->user += process->frames;
    totals->tables += 2u + process->tables;
    region_pool_for_each_frame(&process->regions, count_pool_frame, totals);
}

static const char *check_totals(const struct mm *mm, const struct frame_totals *totals)
{
    struct owner_counts counts;

    owners_count(mm, &counts);
    if (counts.frames[OWNER_USER] != totals->user)
        return "process: a frame belongs to a process, but no process has it";
    return counts.frames[OWNER_PAGE_TABLE] == totals->tables
               ? NULL
               : "process: a frame is a page table, but no process has it";
}

const char *process_check_all(const struct mm *mm)
{
    struct frame_totals totals = {0, PGTABLE_KERNEL_FRAMES + framebuffer_tables(mm)};
    vaddr_t at = mm->processes;

    while (!vaddr_is_none(at)) {
        const char *broken = process_check(mm, process_at(at));
        if (broken != NULL)
            return broken;
        total_frames(process_at(at), &totals);
        at = process_at(at)->next;
        if (at.value == mm->processes.value)
            break;
    }
    return check_totals(mm, &totals);
}
