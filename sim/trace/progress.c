#include "progress.h"

#include <stddef.h>
#include <sys/mman.h>

void (*progress_shown)(const struct progress *progress, bool ended);

/* The memory to which the processes of jobs add, and which their parent reads. */
struct shared {
    uint64_t parts;   /* of jobs, in all */
    uint64_t counted; /* events, in all */
};

static struct shared *shared;

/* The step that goes on, if there is one. */
static const void *owner_now;
static struct progress now;
static struct shared before; /* the shared counts when the jobs of the step began */

/* ---- the process of a job ---- */

static uint64_t job_added;                    /* parts of the job that were added to shared */
static uint64_t job_steps_done;               /* parts of the steps that have ended */
static uint64_t step_parts = PROGRESS_OF_JOB; /* parts of one step */

static void add_parts(uint64_t parts)
{
    if (parts > PROGRESS_OF_JOB)
        parts = PROGRESS_OF_JOB;
    if (parts <= job_added)
        return;
    __atomic_add_fetch(&shared->parts, parts - job_added, __ATOMIC_RELAXED);
    job_added = parts;
}

static uint64_t share_of(const struct progress *progress, uint64_t whole)
{
    double share = progress->total != 0 ? (double)progress->done / (double)progress->total : 0;

    return (uint64_t)(share * (double)whole);
}

static void tell_parent(const struct progress *progress, bool ended)
{
    static uint64_t counted;
    uint64_t events = progress->amount != 0 ? progress->counted : 0;

    if (events > counted)
        __atomic_add_fetch(&shared->counted, events - counted, __ATOMIC_RELAXED);
    counted = ended ? 0 : events;
    add_parts(job_steps_done + share_of(progress, step_parts));
    if (ended)
        job_steps_done += step_parts;
}

void progress_enter_job(void)
{
    if (progress_shown == NULL)
        return;
    owner_now = NULL;
    progress_shown = tell_parent;
}

void progress_job_steps(uint32_t steps)
{
    step_parts = PROGRESS_OF_JOB / steps;
}

void progress_job_step(void)
{
    if (progress_shown != tell_parent)
        return;
    job_steps_done += step_parts;
    add_parts(job_steps_done);
}

void progress_leave_job(void)
{
    if (progress_shown == tell_parent)
        add_parts(PROGRESS_OF_JOB);
}

/* ---- steps ---- */

void progress_enable(void (*shown)(const struct progress *progress, bool ended))
{
    void *memory =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return;
    shared = memory;
    progress_shown = shown;
}

static bool begin(const void *owner, struct progress progress)
{
    if (progress_shown == NULL || owner_now != NULL)
        return false;
    owner_now = owner;
    now = progress;
    progress_shown(&now, false);
    return true;
}

void progress_begin(const void *owner, uint64_t total, const char *unit)
{
    (void)begin(owner, (struct progress){.total = total, .unit = unit});
}

void progress_resize(const void *owner, uint64_t total)
{
    if (owner == owner_now)
        now.total = total;
}

void progress_count_events(const void *owner, uint64_t events)
{
    if (owner != owner_now)
        return;
    now.amount = events;
    now.unit = "events";
}

void progress_say(const void *owner, uint64_t done)
{
    if (owner != owner_now)
        return;
    now.done = done < now.total || now.total == 0 ? done : now.total;
    now.counted = now.amount != 0 ? share_of(&now, now.amount) : now.done;
    progress_shown(&now, false);
}

void progress_end(const void *owner)
{
    if (owner_now == NULL || owner != owner_now)
        return;
    now.done = now.total; /* also if the step stops early: nothing is left to do */
    progress_shown(&now, true);
    owner_now = NULL;
}

/* ---- jobs ---- */

void progress_begin_jobs(const void *owner, uint32_t jobs)
{
    const struct progress progress = {.total = (uint64_t)jobs * PROGRESS_OF_JOB, .unit = "events"};

    if (begin(owner, progress))
        before = *shared;
}

void progress_look(const void *owner)
{
    if (progress_shown == NULL || owner != owner_now)
        return;
    uint64_t done = __atomic_load_n(&shared->parts, __ATOMIC_RELAXED) - before.parts;
    now.done = done < now.total ? done : now.total;
    now.counted = __atomic_load_n(&shared->counted, __ATOMIC_RELAXED) - before.counted;
    progress_shown(&now, false);
}
