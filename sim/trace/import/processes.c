#include "processes.h"
#include "process_maps.h"
#include "process_pages.h"
#include "process_tasks.h"
#include "trace/memory.h"

#include <stdlib.h>

/* Linux's numbers: include/uapi/linux/{sched,mman}.h, asm-generic/mman-common.h, linux/mm.h. */
#define CLONE_VM     0x100u
#define VM_SHARED    8u
#define VM_GROWSDOWN 0x100u

const char *const process_count_names[PROCESS_COUNT_COUNT] = {
    [PROCESS_FILE] = "access to a page of a file or of shared memory: the page cache has it",
    [PROCESS_AGAIN] = "fault at a page that the process has",
    [PROCESS_ZEROS] = "first read of a page: Linux maps its page of zeros, the trace takes a frame",
    [PROCESS_KEPT] = "frame of a fork that another process keeps: touched by that one",
    [PROCESS_UNKNOWN_WRITE] = "write outside the regions that the log shows: mapped first",
    [PROCESS_UNKNOWN_READ] = "read outside the regions that the log shows: left out",
    [PROCESS_NO_PLACE] = "range of a process that has no place in a trace: left out",
    [PROCESS_RIGHTS] = "mprotect that takes a right away: the region keeps it",
    [PROCESS_ADVICE] = "madvise that need not free pages, or of the heap: the pages stay",
    [PROCESS_FAILED_CALL] = "call of a process that failed",
    [PROCESS_HALF_CALL] = "return of a call whose start the log does not have: left out",
    [PROCESS_MISSED_EXIT] = "process whose PID begins again without an exit: ended first",
    [PROCESS_KERNEL_PAGES] = "pages of processes at the lines rss_stat, by the kernel's count",
    [PROCESS_TRACE_PAGES] = "pages of processes at the lines rss_stat, by this import's count",
};

void processes_init(struct processes *processes, struct event_queue *queue)
{
    processes->queue = queue;
}

void processes_free(struct processes *processes)
{
    for (size_t i = 0; i < processes->space_capacity; i++) {
        if (processes->space[i] != NULL)
            space_free(processes->space[i]);
        free(processes->space[i]);
    }
    free(processes->space);
    free(processes->task);
    free(processes->page);
    id_map_free(&processes->tasks);
    id_map_free(&processes->pids);
    slot_pool_free(&processes->task_pool);
    slot_pool_free(&processes->space_pool);
    slot_pool_free(&processes->page_pool);
    slot_pool_free(&processes->slots);
}

/* ---- spaces ---- */

static uint32_t new_space(struct processes *processes, uint64_t pid)
{
    uint32_t number = slot_pool_take(&processes->space_pool) + 1;
    struct space *space = memory_zeroed(1, sizeof(*space));

    processes->space =
        memory_reach(processes->space, &processes->space_capacity, number, sizeof(struct space *));
    processes->space[number] = space;
    space->pid = pid;
    space->tasks = 1;
    return number;
}

static void end_process(struct processes *processes, struct space *space)
{
    uint32_t slot;

    id_map_remove(&processes->pids, space->pid, &slot);
    process_emit(processes, space, &(struct event){.kind = EVENT_EXIT});
    slot_pool_give(&processes->slots, space->slot);
}

/* A task leaves its space, which ends with its last task. */
static void leave_space(struct processes *processes, struct process_task *task)
{
    uint32_t number = task->space;
    struct space *space;

    if (number == 0)
        return;
    space = processes->space[number];
    task->space = 0;
    if (--space->tasks > 0)
        return;
    if (space->created) {
        end_process(processes, space);
        process_pages_drop(processes, number, 0, SPACE_END);
    }
    space_free(space);
    free(space);
    processes->space[number] = NULL;
    slot_pool_give(&processes->space_pool, number - 1);
}

/* ---- tasks ---- */

/* PID 0 is that of the idle tasks, which have no space; it stands for tasks that are unknown. */
static bool is_pid(uint64_t pid)
{
    return pid > 0 && pid <= UINT32_MAX;
}

static struct process_task *find_task(struct processes *processes, uint64_t pid)
{
    const uint32_t *index = is_pid(pid) ? id_map_find(&processes->tasks, pid) : NULL;

    return index != NULL ? &processes->task[*index] : NULL;
}

static struct process_task *add_task(struct processes *processes, uint64_t pid)
{
    uint32_t index = slot_pool_take(&processes->task_pool);

    processes->task =
        memory_reach(processes->task, &processes->task_capacity, index, sizeof(*processes->task));
    processes->task[index] = (struct process_task){0};
    id_map_add(&processes->tasks, pid, index);
    return &processes->task[index];
}

struct process_task *process_task_of(struct processes *processes, uint64_t pid)
{
    struct process_task *task = find_task(processes, pid);

    if (task == NULL && is_pid(pid))
        task = add_task(processes, pid);
    return task;
}

static void remove_task(struct processes *processes, uint64_t pid)
{
    uint32_t index;

    if (find_task(processes, pid) == NULL)
        return;
    leave_space(processes, find_task(processes, pid));
    id_map_remove(&processes->tasks, pid, &index);
    slot_pool_give(&processes->task_pool, index);
}

uint32_t process_space_of(struct processes *processes, struct process_task *task, uint64_t pid)
{
    if (task->space == 0)
        task->space = new_space(processes, pid);
    return task->space;
}

enum process_call process_call_of(const struct processes *processes,
                                  const struct process_task *task)
{
    return task->era == processes->era ? (enum process_call)task->call : CALL_NONE;
}

void processes_forget_calls(struct processes *processes)
{
    processes->era++;
}

/* ---- execve ---- */

static bool is_before_new_space(const struct processes *processes, const struct process_task *task)
{
    return process_call_of(processes, task) == CALL_EXEC && !task->has_new_space;
}

/* The task has a new space from now on. */
static void begin_space(struct processes *processes, struct process_task *task, uint64_t pid)
{
    leave_space(processes, task);
    task->space = new_space(processes, pid);
    processes->space[task->space]->is_whole = true;
    task->has_new_space = true;
}

/* The kernel has filled the highest pages of the new stack with the arguments. */
static void touch_arguments(struct processes *processes, struct process_task *task, uint64_t end)
{
    for (; task->argument_pages > 0; task->argument_pages--) {
        end -= PAGE_SIZE;
        space_access(processes, task->space, end, true);
    }
}

void processes_exec(struct processes *processes, uint64_t pid, uint64_t old_pid)
{
    struct process_task *task;

    if (pid != old_pid) /* the task has had its new PID since before its new space */
        remove_task(processes, old_pid);
    task = process_task_of(processes, pid);
    if (task == NULL)
        return;
    processes->counts[PROCESS_NO_PLACE] += task->argument_pages;
    task->argument_pages = 0;
    if (!task->has_new_space && (pid == old_pid || task->space == 0))
        begin_space(processes, task, pid);
    task->call = CALL_OTHER;
    task->has_new_space = false;
}

/* ---- what the kernel does for a task ---- */

/* The pages that Linux counts. */
static uint32_t anonymous_pages(const struct space *space)
{
    return space->pages - space->zeros;
}

void processes_fault(struct processes *processes, uint64_t pid, uint64_t address, bool write,
                     bool kernel)
{
    struct process_task *task = process_task_of(processes, pid);
    uint32_t space;

    if (task == NULL)
        return;
    if (kernel && write && is_before_new_space(processes, task))
        begin_space(processes, task, pid);
    task->is_new = false;
    space = process_space_of(processes, task, pid);
    task->fault_address = address;
    task->pages_before = anonymous_pages(processes->space[space]);
    task->awaits_frame = space_access(processes, space, address, write);
}

void processes_map(struct processes *processes, uint64_t pid, uint64_t start, uint64_t bytes,
                   bool file, uint64_t vm_flags)
{
    struct process_task *task = process_task_of(processes, pid);
    enum space_kind kind = file ? SPACE_FILE : SPACE_ANONYMOUS;

    if (task == NULL || bytes == 0 || process_call_of(processes, task) == CALL_MMAP)
        return;
    if (is_before_new_space(processes, task))
        begin_space(processes, task, pid);
    if ((vm_flags & VM_SHARED) != 0)
        kind = SPACE_SHARED;
    else if ((vm_flags & VM_GROWSDOWN) != 0)
        kind = SPACE_STACK;
    space_map(processes, process_space_of(processes, task, pid), (struct log_range){start, bytes},
              kind, (vm_flags & PROCESS_VM_WRITE) != 0);
}

void processes_grow_stack(struct processes *processes, uint64_t pid, uint64_t start, uint64_t end)
{
    struct process_task *task = process_task_of(processes, pid);

    if (task == NULL || start >= end)
        return;
    if (is_before_new_space(processes, task))
        begin_space(processes, task, pid);
    space_map_gaps(processes, process_space_of(processes, task, pid),
                   (struct log_range){start, end - start}, SPACE_STACK);
    touch_arguments(processes, task, end);
}

/* One fault has given the task all pages of a large one. */
static void touch_huge_page(struct processes *processes, const struct process_task *task,
                            uint64_t bytes)
{
    space_populate(processes, task->space,
                   (struct log_range){task->fault_address & ~(bytes - 1), bytes});
}

bool processes_take_frame(struct processes *processes, uint64_t pid, uint64_t order, bool zeroed)
{
    struct process_task *task = find_task(processes, pid);

    if (task == NULL)
        return false;
    if (task->awaits_frame) {
        task->awaits_frame = false;
        if (order > 0)
            touch_huge_page(processes, task, (uint64_t)PAGE_SIZE << order);
        return true;
    }
    if (zeroed && order == 0 && is_before_new_space(processes, task)) {
        task->argument_pages++;
        return true;
    }
    return zeroed && order == 0 && process_call_of(processes, task) == CALL_MMAP &&
           process_mmap_populates(task->arguments);
}

void processes_compare(struct processes *processes, uint64_t pid, uint64_t pages)
{
    const struct process_task *task = find_task(processes, pid);
    const struct space *space;

    if (task == NULL || task->space == 0 || process_call_of(processes, task) != CALL_NONE)
        return;
    space = processes->space[task->space];
    if (!space->is_whole)
        return;
    processes->counts[PROCESS_KERNEL_PAGES] += pages;
    processes->counts[PROCESS_TRACE_PAGES] +=
        task->awaits_frame ? task->pages_before : anonymous_pages(space);
}

/* ---- fork and exit ---- */

static void fork_space(struct processes *processes, uint32_t parent, struct process_task *child,
                       uint64_t pid)
{
    if (parent == 0 || !processes->space[parent]->created)
        return;
    child->space = new_space(processes, pid);
    processes->space[child->space]->is_whole = processes->space[parent]->is_whole;
    space_copy_regions(processes, parent, child->space);
    process_pages_share(processes, parent, child->space);
}

/* Makes a task, and its space if it is not the parent's. */
static void begin_task(struct processes *processes, uint64_t pid, uint64_t child_pid, bool shares)
{
    struct process_task *parent;
    struct process_task *child;
    uint32_t space;

    if (!is_pid(child_pid) || child_pid == pid)
        return;
    if (find_task(processes, child_pid) != NULL) {
        processes->counts[PROCESS_MISSED_EXIT]++;
        remove_task(processes, child_pid);
    }
    parent = process_task_of(processes, pid);
    space = parent == NULL ? 0 : shares ? process_space_of(processes, parent, pid) : parent->space;
    child = add_task(processes, child_pid);
    child->is_new = true;
    child->call = CALL_OTHER; /* it returns from the call of its parent */
    child->era = processes->era;
    if (!shares) {
        fork_space(processes, space, child, child_pid);
    } else if (space != 0) {
        child->space = space;
        processes->space[space]->tasks++;
    }
}

void processes_new_task(struct processes *processes, uint64_t pid, uint64_t child, uint64_t flags)
{
    begin_task(processes, pid, child, (flags & CLONE_VM) != 0);
}

/* Without task_newtask, the call tells what is shared. The C library uses clone3, whose flags are
   not in the line, for what shares its space: threads, and processes that will call execve. */
void processes_fork(struct processes *processes, uint64_t pid, uint64_t child)
{
    const struct process_task *parent = find_task(processes, pid);
    struct process_task *known = find_task(processes, child);
    enum process_call call = parent != NULL ? process_call_of(processes, parent) : CALL_NONE;

    if (known != NULL && known->is_new) {
        known->is_new = false;
        return;
    }
    begin_task(processes, pid, child,
               call == CALL_VFORK || call == CALL_CLONE3 ||
                   (call == CALL_CLONE && (parent->arguments[0] & CLONE_VM) != 0));
    known = find_task(processes, child);
    if (known != NULL)
        known->is_new = false;
}

void processes_exit(struct processes *processes, uint64_t pid)
{
    remove_task(processes, pid);
}
