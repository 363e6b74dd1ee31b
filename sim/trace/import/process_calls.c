/* What the calls of a process do to its space. */
#include "process_maps.h"
#include "process_tasks.h"

/* Linux's numbers: include/uapi/linux/mman.h, asm-generic/mman-common.h. */
#define PROT_WRITE       2u
#define MAP_TYPE         3u
#define MAP_PRIVATE      2u
#define MAP_ANONYMOUS    0x20u
#define MAP_GROWSDOWN    0x100u
#define MAP_LOCKED       0x2000u
#define MAP_POPULATE     0x8000u
#define MREMAP_DONTUNMAP 4u
#define MADV_DONTNEED    4u
#define MADV_FREE        8u
#define ERRORS           4095

/* mmap(address, bytes, rights, flags, file, page of the file) */
bool process_mmap_populates(const uint64_t *arguments)
{
    return (arguments[3] & (MAP_POPULATE | MAP_LOCKED)) != 0;
}

void processes_call(struct processes *processes, uint64_t pid, enum process_call call,
                    const uint64_t arguments[CALL_ARGUMENTS])
{
    struct process_task *task = process_task_of(processes, pid);

    if (task == NULL)
        return;
    task->call = (uint8_t)call;
    task->era = processes->era;
    task->awaits_frame = false;
    task->is_new = false;
    task->argument_pages = 0;
    task->has_new_space = false;
    for (uint32_t i = 0; i < CALL_ARGUMENTS; i++)
        task->arguments[i] = arguments[i];
}

/* mmap(address, bytes, rights, flags, file, page of the file) */
static void on_mmap(struct processes *processes, uint32_t space, const uint64_t *arguments,
                    uint64_t start)
{
    uint64_t flags = arguments[3];
    struct log_range range = {start, arguments[1]};
    enum space_kind kind = (flags & MAP_ANONYMOUS) != 0 ? SPACE_ANONYMOUS : SPACE_FILE;

    if ((flags & MAP_TYPE) != MAP_PRIVATE)
        kind = SPACE_SHARED;
    else if ((flags & MAP_GROWSDOWN) != 0)
        kind = SPACE_STACK;
    space_map(processes, space, range, kind, (arguments[2] & PROT_WRITE) != 0);
    if (process_mmap_populates(arguments))
        space_populate(processes, space, range);
}

/* mprotect(address, bytes, rights) */
static void on_mprotect(struct processes *processes, uint32_t space, const uint64_t *arguments)
{
    if ((arguments[2] & PROT_WRITE) != 0)
        space_make_writable(processes, space, (struct log_range){arguments[0], arguments[1]});
    else
        processes->counts[PROCESS_RIGHTS]++;
}

/* mremap(old address, old bytes, new bytes, flags, new address) */
static void on_mremap(struct processes *processes, uint32_t space, const uint64_t *arguments,
                      uint64_t start)
{
    struct log_range from = {arguments[0], arguments[1]};

    space_remap(processes, space, from, (struct log_range){start, arguments[2]});
    if ((arguments[3] & MREMAP_DONTUNMAP) != 0 && start != arguments[0])
        space_map(processes, space, from, SPACE_ANONYMOUS, true);
}

/* madvise(address, bytes, advice) */
static void on_madvise(struct processes *processes, uint32_t space, const uint64_t *arguments)
{
    if (arguments[2] == MADV_DONTNEED)
        space_give_back(processes, space, (struct log_range){arguments[0], arguments[1]});
    else if (arguments[2] == MADV_FREE)
        processes->counts[PROCESS_ADVICE]++;
}

static void on_return(struct processes *processes, uint32_t space, enum process_call call,
                      const uint64_t *arguments, uint64_t result)
{
    switch (call) {
    case CALL_MMAP:
        on_mmap(processes, space, arguments, result);
        break;
    case CALL_MUNMAP:
        space_unmap(processes, space, (struct log_range){arguments[0], arguments[1]});
        break;
    case CALL_BRK:
        space_set_heap_end(processes, space, result);
        break;
    case CALL_MPROTECT:
        on_mprotect(processes, space, arguments);
        break;
    case CALL_MREMAP:
        on_mremap(processes, space, arguments, result);
        break;
    case CALL_MADVISE:
        on_madvise(processes, space, arguments);
        break;
    default:
        break;
    }
}

static bool may_return_without_start(enum process_call call)
{
    return call >= CALL_CLONE;
}

void processes_return(struct processes *processes, uint64_t pid, enum process_call call,
                      int64_t result)
{
    struct process_task *task = process_task_of(processes, pid);
    uint64_t arguments[CALL_ARGUMENTS];

    if (task == NULL)
        return;
    if (process_call_of(processes, task) != call) {
        processes->counts[PROCESS_HALF_CALL] += !may_return_without_start(call);
    } else if (result < 0 && result >= -ERRORS) {
        processes->counts[PROCESS_FAILED_CALL]++;
    } else {
        for (uint32_t i = 0; i < CALL_ARGUMENTS; i++)
            arguments[i] = task->arguments[i];
        on_return(processes, process_space_of(processes, task, pid), call, arguments,
                  (uint64_t)result);
    }
    task->call = CALL_NONE;
    task->argument_pages = 0;
    task->awaits_frame = false;
    task->is_new = false;
}
