/* The tasks of a log. Private to process*.c. */
#ifndef TRACE_PROCESS_TASKS_H
#define TRACE_PROCESS_TASKS_H

#include "processes.h"

/* The task that a line is of, which is new if need be; NULL: it is unknown. */
struct process_task *process_task_of(struct processes *processes, uint64_t pid);

/* The space of a task, which is new if need be. */
uint32_t process_space_of(struct processes *processes, struct process_task *task, uint64_t pid);

/* The call that a task is in. */
enum process_call process_call_of(const struct processes *processes,
                                  const struct process_task *task);

/* Does this mmap give the process its pages at once? */
bool process_mmap_populates(const uint64_t *arguments);

#endif
