/*
 * The processes of a log of a 32-bit Linux kernel, and the events of a trace that they become:
 *
 *     page fault           touch at the first access to a page, and at the first write if that was
 *                          a read; none if the page is one of a file
 *     mmap, munmap         map, unmap; a MAP_FIXED over other regions unmaps them first
 *     mprotect             unmap, map, and a touch of each page that the process has, where it
 *                          gives the right to write. A region keeps the rights that it takes away.
 *     mremap               unmap, map, touch where it moves; else map or unmap of the difference
 *     madvise(DONTNEED)    unmap, map
 *     brk                  setbrk
 *     fork                 process, setbrk, map: the child with its parent's regions
 *     vfork, clone(VM)     none: the task runs in the space of its parent, as threads do
 *     execve               exit, process, then a map for each region of the program, of its
 *                          interpreter and of the stack
 *     exit                 exit, when the last task of the space ends
 *
 * WHO HAS A PAGE. After a fork, parent and child share the frames of all pages that the parent has
 * made its own. A frame is held by one of them, in whose name the trace has touched it. A write by
 * one of them makes a copy:
 *
 *     parent ---(frame, held by the parent)--- child
 *     the child writes    touch by the child: it has a frame of its own now
 *     the parent writes   touch by the child: it keeps the old frame, the parent has the copy
 *     the parent ends     touch by the child, which keeps the frame
 *
 * So the trace holds as many frames as the kernel does. The page of a file is in the page cache,
 * whose frames are pages events of the kernel, until a process writes to its private page. A first
 * read of an anonymous page takes a frame here, where Linux maps its one page of zeros.
 *
 * WHERE A PAGE LIES. A trace's process has its heap at 08048000, and a strategy may end its user
 * space at 80000000. So these addresses are moved, and all others are those of the log:
 *
 *     log                                            trace
 *     [80000000, c0000000)   libraries, stack        [40000000, 80000000)
 *     heap, from the first end that brk returns      from 08048000
 *     [08000000, 40000000)   programs with a fixed   [00000000, 38000000)
 *                            place
 *
 * PROCESSES OLDER THAN THE LOG begin with their first event. Their regions are unknown: a page that
 * they write to is mapped first. The same happens to every write outside the regions that the log
 * shows, and to all regions that execve makes, unless the log has the probes of
 * bench/traces/README.md. A region that ends at the stack grows down to an access below.
 */
#ifndef TRACE_PROCESSES_H
#define TRACE_PROCESSES_H

#include "event_queue.h"
#include "process_space.h"
#include "trace/tables.h"

/* What becomes no event as it stands, by reason. */
enum process_count {
    PROCESS_FILE,
    PROCESS_AGAIN,
    PROCESS_ZEROS,
    PROCESS_KEPT,
    PROCESS_UNKNOWN_WRITE,
    PROCESS_UNKNOWN_READ,
    PROCESS_NO_PLACE,
    PROCESS_RIGHTS,
    PROCESS_ADVICE,
    PROCESS_FAILED_CALL,
    PROCESS_HALF_CALL,
    PROCESS_MISSED_EXIT,
    PROCESS_KERNEL_PAGES,
    PROCESS_TRACE_PAGES,
    PROCESS_COUNT_COUNT
};

extern const char *const process_count_names[PROCESS_COUNT_COUNT];

enum process_call {
    CALL_NONE,
    CALL_MMAP,
    CALL_MUNMAP,
    CALL_BRK,
    CALL_MPROTECT,
    CALL_MREMAP,
    CALL_MADVISE,
    CALL_CLONE,
    CALL_CLONE3,
    CALL_FORK,
    CALL_VFORK,
    CALL_EXEC,
    CALL_OTHER
};

#define CALL_ARGUMENTS 6u

/* The page of a space. The pages that share a frame since a fork are a ring. */
struct process_page {
    uint32_t next; /* in the ring; itself: the frame is not shared */
    uint32_t previous;
    uint32_t space;
    uint32_t address;
    bool holds; /* the trace has its frame in this space: true for one page of a ring */
    bool zeros; /* it was only read so far: in Linux, it is the page of zeros */
};

struct process_task {
    uint32_t space; /* 0: unknown */
    uint8_t call;   /* enum process_call: which it is in, ... */
    uint32_t era;   /* ... unless lines were lost since */
    uint64_t arguments[CALL_ARGUMENTS];
    uint32_t argument_pages; /* execve: of the new stack */
    uint64_t fault_address;  /* of its last fault */
    uint32_t pages_before;   /* that its process had then, as Linux counts */
    bool has_new_space;      /* execve: the old space is gone */
    bool awaits_frame;       /* its fault has not asked for the frame yet */
    bool is_new;             /* task_newtask was its only line */
};

struct processes {
    struct event_queue *queue;
    struct id_map tasks; /* PID in the log -> index in task */
    struct process_task *task;
    size_t task_capacity;
    struct slot_pool task_pool;
    struct space **space; /* from 1 */
    size_t space_capacity;
    struct slot_pool space_pool;
    struct process_page *page; /* from 1 */
    size_t page_capacity;
    struct slot_pool page_pool;
    struct slot_pool slots; /* of the trace's processes */
    struct id_map pids;     /* that the trace has live */
    uint32_t era;           /* how often lines were lost */
    uint64_t counts[PROCESS_COUNT_COUNT];
};

/* processes must be zeroed. */
void processes_init(struct processes *processes, struct event_queue *queue);
void processes_free(struct processes *processes);

/* Has the log shown anything of processes? */
static inline bool processes_are_known(const struct processes *processes)
{
    return processes->tasks.count > 0;
}

/* A fault of the task at a user address. kernel: the kernel made the access for it. */
void processes_fault(struct processes *processes, uint64_t pid, uint64_t address, bool write,
                     bool kernel);

/* The task calls, and returns from, the kernel. result: 0 - 4095 to 0 - 1 is an error. */
void processes_call(struct processes *processes, uint64_t pid, enum process_call call,
                    const uint64_t arguments[CALL_ARGUMENTS]);
void processes_return(struct processes *processes, uint64_t pid, enum process_call call,
                      int64_t result);

/* task_newtask and sched_process_fork: either may be missing, or both may come. */
void processes_new_task(struct processes *processes, uint64_t pid, uint64_t child, uint64_t flags);
void processes_fork(struct processes *processes, uint64_t pid, uint64_t child);

/* old_pid is another one if a thread that is not the first of its process calls execve. */
void processes_exec(struct processes *processes, uint64_t pid, uint64_t old_pid);
void processes_exit(struct processes *processes, uint64_t pid);

/* The kernel maps [start, start + bytes) for the task, with the flags VM_* of linux/mm.h. */
#define PROCESS_VM_WRITE 2u
void processes_map(struct processes *processes, uint64_t pid, uint64_t start, uint64_t bytes,
                   bool file, uint64_t vm_flags);

/* The kernel lets the stack of the task reach from start to end. */
void processes_grow_stack(struct processes *processes, uint64_t pid, uint64_t start, uint64_t end);

/* The task gets a block of 2^order user pages. true: it is a page of its process, which has a
 * touch. */
bool processes_take_frame(struct processes *processes, uint64_t pid, uint64_t order, bool zeroed);

/* The kernel says how many anonymous pages the process of the task has. It does so at the beginning
   of some faults. */
void processes_compare(struct processes *processes, uint64_t pid, uint64_t pages);

/* Lines were lost: calls that are under way may have returned. */
void processes_forget_calls(struct processes *processes);

#endif
