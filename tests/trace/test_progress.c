/* Steps of progress: who owns one, how much is done, and what the processes of jobs add. */
#include "support/test.h"
#include "trace/progress.h"

#include <sys/wait.h>
#include <unistd.h>

static struct progress shown; /* the last */
static unsigned updates;
static unsigned ended;

static void record(const struct progress *progress, bool is_end)
{
    shown = *progress;
    updates += !is_end;
    ended += is_end;
}

static int owner;
static int other;

static int set_up(void **state)
{
    (void)state;
    progress_enable(record);
    updates = ended = 0;
    shown = (struct progress){0};
    return 0;
}

TEST(a_step_has_one_owner)
{
    progress_begin(&owner, 100, PROGRESS_BYTES);
    progress_begin(&other, 7, "others");
    progress_at(&other, 3);
    progress_end(&other);
    assert_int_equal(updates, 1);
    assert_int_equal(ended, 0);
    progress_at(&owner, 40);
    assert_int_equal(shown.done, 40);
    assert_int_equal(shown.counted, 40);
    assert_int_equal(shown.total, 100);
    progress_at(&owner, 140); /* the file has grown meanwhile */
    assert_int_equal(shown.done, 100);
    progress_end(&owner);
    progress_end(&owner);
    assert_int_equal(ended, 1);
    progress_begin(&other, 7, "others");
    assert_string_equal(shown.unit, "others");
    progress_end(&other);
}

TEST(the_number_of_events_is_estimated_by_bytes)
{
    progress_begin(&owner, 200, PROGRESS_BYTES);
    progress_count_events(&other, 5);
    progress_count_events(&owner, 1000);
    progress_at(&owner, 50);
    assert_string_equal(shown.unit, "events");
    assert_int_equal(shown.counted, 250);
    progress_resize(&owner, 100);
    progress_at(&owner, 50);
    assert_int_equal(shown.counted, 500);
    progress_end(&owner);
}

TEST(without_a_total_only_the_count_is_known)
{
    progress_begin(&owner, 0, "replays");
    progress_at(&owner, 12);
    assert_int_equal(shown.total, 0);
    assert_int_equal(shown.counted, 12);
    progress_end(&owner);
}

TEST(without_a_display_nothing_happens)
{
    progress_shown = NULL;
    progress_begin(&owner, 10, PROGRESS_BYTES);
    progress_at(&owner, 5);
    progress_begin_jobs(&owner, 3);
    progress_look(&owner);
    progress_job_step();
    progress_leave_job();
    progress_end(&owner);
    assert_int_equal(updates, 0);
}

/* A job of two steps. It first reads half of a stream. Each higher part does one thing more: it
   ends the stream, completes the second step, leaves the job. */
static void job(int part)
{
    progress_enter_job();
    progress_job_steps(2);
    progress_begin(&other, 10, PROGRESS_BYTES);
    progress_count_events(&other, 600);
    progress_at(&other, 5);
    if (part > 0)
        progress_end(&other);
    if (part > 1)
        progress_job_step();
    if (part > 2)
        progress_leave_job();
    _exit(0);
}

TEST(the_process_of_a_job_adds_to_its_parent)
{
    static const uint64_t parts[] = {250000, 500000, 1000000, 1000000};

    for (int part = 0; part < 4; part++) {
        progress_begin_jobs(&owner, 4);
        pid_t pid = fork();
        if (pid == 0)
            job(part);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        progress_look(&other);
        assert_int_equal(shown.done, 0);
        progress_look(&owner);
        assert_int_equal(shown.total, 4 * PROGRESS_OF_JOB);
        assert_int_equal(shown.done, parts[part]);
        assert_int_equal(shown.counted, 300);
        progress_end(&owner);
    }
}

TEST_FIXTURES(set_up, NULL)
