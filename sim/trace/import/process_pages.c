#include "process_pages.h"
#include "trace/memory.h"

#define PIDS_LINUX 4194304u /* above the PIDs that Linux gives (PID_MAX_LIMIT) */

/* The PID of a space that goes on without its first task may have been given out again. */
static uint64_t free_pid(const struct processes *processes, uint64_t pid)
{
    while (id_map_find(&processes->pids, pid) != NULL)
        pid += PIDS_LINUX;
    return pid;
}

static void create(struct processes *processes, struct space *space)
{
    struct event event = {.kind = EVENT_PROCESS};

    space->created = true;
    space->pid = free_pid(processes, space->pid);
    space->slot = slot_pool_take(&processes->slots);
    id_map_add(&processes->pids, space->pid, space->slot);
    event.id = space->pid;
    event.slot = space->slot;
    event_queue_put(processes->queue, &event);
}

void process_emit(struct processes *processes, struct space *space, const struct event *event)
{
    struct event named = *event;

    if (!space->created)
        create(processes, space);
    named.slot = space->slot;
    event_queue_put(processes->queue, &named);
}

static void touch(struct processes *processes, const struct process_page *page, bool write)
{
    process_emit(processes, processes->space[page->space],
                 &(struct event){.kind = EVENT_TOUCH, .address = page->address, .write = write});
}

static uint32_t new_page(struct processes *processes, uint32_t space, uint32_t address)
{
    uint32_t number = slot_pool_take(&processes->page_pool) + 1;

    processes->page =
        memory_reach(processes->page, &processes->page_capacity, number, sizeof(*processes->page));
    processes->page[number] = (struct process_page){
        .next = number, .previous = number, .space = space, .address = address};
    space_set_page(processes->space[space], address, number);
    return number;
}

void process_page_make(struct processes *processes, uint32_t space, uint32_t address, bool write)
{
    uint32_t number = new_page(processes, space, address);
    struct process_page *page = &processes->page[number];

    page->holds = true;
    page->zeros = !write;
    processes->space[space]->zeros += !write;
    touch(processes, page, write);
}

/* Takes a page out of its ring. If it held the frame, the next page of the ring holds it now. */
static void leave_ring(struct processes *processes, uint32_t number)
{
    struct process_page *page = &processes->page[number];
    struct process_page *heir = &processes->page[page->next];

    if (page->next == number)
        return;
    processes->page[page->previous].next = page->next;
    heir->previous = page->previous;
    page->next = page->previous = number;
    if (!page->holds)
        return;
    heir->holds = true;
    processes->counts[PROCESS_KEPT]++;
    touch(processes, heir, !heir->zeros);
}

static void end_zeros(struct processes *processes, struct process_page *page)
{
    processes->space[page->space]->zeros -= page->zeros;
    page->zeros = false;
}

bool process_page_write(struct processes *processes, uint32_t number)
{
    struct process_page *page = &processes->page[number];
    bool zeros = page->zeros;

    end_zeros(processes, page);
    if (page->next == number && !zeros)
        return false;
    if (zeros || !page->holds)
        touch(processes, page, true);
    leave_ring(processes, number);
    page->holds = true;
    return true;
}

struct pages {
    struct processes *processes;
    uint32_t space; /* that the visitor changes */
    uint32_t start;
    uint32_t to;
};

static void drop(void *context, uint32_t address, uint32_t number)
{
    const struct pages *pages = context;
    struct processes *processes = pages->processes;

    leave_ring(processes, number);
    end_zeros(processes, &processes->page[number]);
    space_set_page(processes->space[pages->space], address, 0);
    slot_pool_give(&processes->page_pool, number - 1);
}

void process_pages_drop(struct processes *processes, uint32_t space, uint32_t start, uint32_t end)
{
    struct pages pages = {.processes = processes, .space = space};

    space_each_page(processes->space[space], start, end, drop, &pages);
}

static void touch_held(void *context, uint32_t address, uint32_t number)
{
    const struct pages *pages = context;
    const struct process_page *page = &pages->processes->page[number];

    (void)address;
    if (page->holds)
        touch(pages->processes, page, !page->zeros);
}

void process_pages_touch(struct processes *processes, uint32_t space, uint32_t start, uint32_t end)
{
    struct pages pages = {.processes = processes, .space = space};

    space_each_page(processes->space[space], start, end, touch_held, &pages);
}

static void move(void *context, uint32_t address, uint32_t number)
{
    const struct pages *pages = context;
    struct process_page *page = &pages->processes->page[number];
    struct space *space = pages->processes->space[pages->space];

    space_set_page(space, address, 0);
    page->address = pages->to + (address - pages->start);
    space_set_page(space, page->address, number);
    touch_held(context, page->address, number);
}

void process_pages_move(struct processes *processes, uint32_t space, uint32_t start, uint32_t end,
                        uint32_t to)
{
    struct pages pages = {.processes = processes, .space = space, .start = start, .to = to};

    space_each_page(processes->space[space], start, end, move, &pages);
}

static void share(void *context, uint32_t address, uint32_t number)
{
    const struct pages *pages = context;
    struct processes *processes = pages->processes;
    uint32_t copy = new_page(processes, pages->space, address);
    struct process_page *page = &processes->page[number];

    processes->page[copy].zeros = page->zeros;
    processes->space[pages->space]->zeros += page->zeros;
    processes->page[copy].previous = number;
    processes->page[copy].next = page->next;
    processes->page[page->next].previous = copy;
    page->next = copy;
}

void process_pages_share(struct processes *processes, uint32_t parent, uint32_t child)
{
    struct pages pages = {.processes = processes, .space = child};

    space_each_page(processes->space[parent], 0, SPACE_END, share, &pages);
}
