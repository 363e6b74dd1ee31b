/*
 * Processes in waves: many are forked, run, and exit in random order. Each has its own regions, a
 * heap, page tables (which the memory manager makes), and structures that the kernel keeps for it.
 */
#include "generate.h"
#include "generator.h"
#include "trace/memory.h"

#include <stdlib.h>

#define KIB 1024u

/* All addresses lie below 2 GiB, where user space ends on MIPS. */
#define HEAP 0x08048000u /* start of the heap */

struct area {
    uint32_t start;
    uint32_t bytes;
    bool write;
};

static const struct area text = {0x40000000u, 256 * KIB, false};
static const struct area data = {0x40100000u, 64 * KIB, true};
static const struct area buffer = {0x50000000u, 64 * KIB, true}; /* mapped now and then */

#define TEXT_TOUCHES    24u
#define HEAP_PAGES_LEFT 4u /* after a heap has shrunk */
#define HEAP_PAGES_MAX  64u
#define HEAP_STEP_MAX   16u

/* The bytes of a process: what it maps, and what the kernel keeps for it; an estimate. */
#define PROCESS_BYTES (384u * KIB)

/* One process in so many is left of a wave when the next wave begins. */
#define LEFT_OF_WAVE 8u

static const struct {
    const char *site;
    uint32_t bytes;
    uint32_t count;
} structures[] = {
    {"task_struct", 1856, 1}, {"sighand_struct", 1316, 1}, {"signal_struct", 640, 1},
    {"mm_struct", 448, 1},    {"files_struct", 256, 1},    {"cred", 128, 1},
    {"pid", 64, 1},           {"vm_area", 88, 12},         {"anon_vma", 56, 6},
    {"filp", 192, 3},
};

#define STRUCTURES (sizeof(structures) / sizeof(structures[0]))

struct process {
    uint32_t slot;
    uint32_t heap_pages;
    bool buffer_mapped;
    struct batch kernel; /* the structures that the kernel keeps for it */
};

struct storm {
    struct generator *generator;
    uint32_t sites[STRUCTURES];
    uint32_t stack_site;
    struct process *processes; /* `most` of them, of which `count` are live */
    uint32_t most;
    uint32_t count;
};

static void touch(struct storm *storm, const struct process *process, uint32_t page, bool write)
{
    const struct event event = {
        .kind = EVENT_TOUCH, .slot = process->slot, .address = page, .write = write};

    generator_process_event(storm->generator, &event);
}

static void touch_pages(struct storm *storm, const struct process *process, uint32_t start,
                        uint32_t pages)
{
    for (uint32_t i = 0; i < pages; i++)
        touch(storm, process, start + i * PAGE_SIZE, true);
}

static void touch_some(struct storm *storm, const struct process *process, const struct area *area,
                       uint32_t touches)
{
    for (uint32_t i = 0; i < touches; i++)
        touch(storm, process, area->start + random_below(&storm->generator->random, area->bytes),
              area->write);
}

static void map(struct storm *storm, const struct process *process, enum event_kind kind,
                const struct area *area)
{
    const struct event event = {.kind = (uint8_t)kind,
                                .slot = process->slot,
                                .address = area->start,
                                .bytes = area->bytes,
                                .write = kind == EVENT_MAP && area->write};

    generator_process_event(storm->generator, &event);
}

static void set_heap(struct storm *storm, struct process *process, uint32_t pages)
{
    const struct event event = {
        .kind = EVENT_SETBRK, .slot = process->slot, .address = HEAP + pages * PAGE_SIZE};
    uint32_t before = process->heap_pages;

    generator_process_event(storm->generator, &event);
    process->heap_pages = pages;
    if (pages > before)
        touch_pages(storm, process, HEAP + before * PAGE_SIZE, pages - before);
}

static void make_structures(struct storm *storm, struct process *process)
{
    const struct allocation stack = {.kind = EVENT_PAGES, .order = 1, .site = storm->stack_site};
    struct generator *generator = storm->generator;

    batch_add(&process->kernel, generator_allocate(generator, &stack));
    for (uint32_t i = 0; i < STRUCTURES; i++) {
        const struct allocation allocation = {
            .kind = EVENT_KMALLOC, .bytes = structures[i].bytes, .site = storm->sites[i]};

        for (uint32_t n = 0; n < structures[i].count; n++)
            batch_add(&process->kernel, generator_allocate(generator, &allocation));
    }
}

static void fork_one(struct storm *storm)
{
    struct process *process = &storm->processes[storm->count++];

    process->heap_pages = 0;
    process->buffer_mapped = false;
    make_structures(storm, process);
    process->slot = generator_process(storm->generator);
    map(storm, process, EVENT_MAP, &text);
    map(storm, process, EVENT_MAP, &data);
    touch_some(storm, process, &text, TEXT_TOUCHES);
    touch_pages(storm, process, data.start, data.bytes / PAGE_SIZE);
    set_heap(storm, process, HEAP_PAGES_LEFT);
}

static void exit_one(struct storm *storm)
{
    uint32_t i = random_below(&storm->generator->random, storm->count);
    struct process ended = storm->processes[i];
    const struct event event = {.kind = EVENT_EXIT, .slot = ended.slot};

    generator_process_event(storm->generator, &event);
    batch_free_all(storm->generator, &ended.kernel);
    storm->processes[i] = storm->processes[--storm->count];
    storm->processes[storm->count] = ended; /* the next process reuses its batch */
}

/* A heap grows by steps, and shrinks when it is full. */
static void move_heap(struct storm *storm, struct process *process)
{
    uint32_t pages =
        process->heap_pages + random_between(&storm->generator->random, 1, HEAP_STEP_MAX);

    set_heap(storm, process, pages <= HEAP_PAGES_MAX ? pages : HEAP_PAGES_LEFT);
}

static void toggle_buffer(struct storm *storm, struct process *process)
{
    map(storm, process, process->buffer_mapped ? EVENT_UNMAP : EVENT_MAP, &buffer);
    process->buffer_mapped = !process->buffer_mapped;
    if (process->buffer_mapped)
        touch_some(storm, process, &buffer, 4);
}

/* A process runs for a while, and the kernel works for it. */
static void run_one(struct storm *storm)
{
    struct random *random = &storm->generator->random;
    struct process *process = &storm->processes[random_below(random, storm->count)];

    touch_some(storm, process, &text, 4);
    touch_some(storm, process, &data, 4);
    if (random_one_in(random, 4))
        move_heap(storm, process);
    if (random_one_in(random, 4))
        toggle_buffer(storm, process);
    for (uint32_t i = 0; i < 8; i++)
        generator_traffic(storm->generator);
}

/* Three of four steps lead towards `count`. */
static void wave(struct storm *storm, uint32_t count)
{
    bool rises = count > storm->count;

    while (storm->count != count && !generator_is_full(storm->generator)) {
        bool forks = rises != random_one_in(&storm->generator->random, 4);

        if (storm->count == 0 || (forks && storm->count < storm->most))
            fork_one(storm);
        else
            exit_one(storm);
        if (storm->count > 0)
            run_one(storm);
    }
}

static void start(struct storm *storm)
{
    storm->most = (uint32_t)(storm->generator->live_bytes / PROCESS_BYTES) + 1;
    storm->processes = memory_zeroed(storm->most, sizeof(*storm->processes));
    storm->stack_site = generator_site(storm->generator, "thread_stack");
    for (uint32_t i = 0; i < STRUCTURES; i++)
        storm->sites[i] = generator_site(storm->generator, structures[i].site);
}

void generate_fork_storm(struct generator *generator)
{
    struct storm storm = {.generator = generator};

    start(&storm);
    while (!generator_is_full(generator)) {
        wave(&storm, storm.most);
        wave(&storm, storm.most / LEFT_OF_WAVE);
    }
    for (uint32_t i = 0; i < storm.most; i++)
        batch_release(&storm.processes[i].kernel);
    free(storm.processes);
}
