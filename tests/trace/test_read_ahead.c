/* Reading ahead in a thread: what arrives, what fails, and how it ends. */
#include "support/test.h"

#include "trace/read_ahead.h"

#include <sys/wait.h>
#include <unistd.h>

#define STREAM_BYTES (40u * READ_AHEAD_BLOCK_BYTES + 77u) /* several times what fits the ring */
#define PIECE        10007u

struct source {
    uint64_t given;
    uint64_t fails_at; /* 0: never */
};

static uint8_t byte_at(uint64_t at)
{
    return (uint8_t)(at * 7u + at / 65536u);
}

static bool fill(void *context, void *out, size_t room, size_t *got, uint64_t *position,
                 struct sim_error *error)
{
    struct source *source = context;
    uint8_t *bytes = out;

    if (source->fails_at != 0 && source->given >= source->fails_at)
        return sim_error_set(error, "broken at %u", (unsigned)source->given);
    for (*got = 0; *got < room && *got < PIECE && source->given < STREAM_BYTES; ++*got)
        bytes[*got] = byte_at(source->given++);
    *position = source->given;
    return true;
}

static struct read_ahead *start(read_ahead_fill *from, void *context)
{
    struct read_ahead *ahead;

    read_ahead_start(&ahead, from, context);
    if (ahead == NULL)
        skip(); /* one processor only */
    return ahead;
}

/* Takes all bytes, in parts of all lengths up to a block, and checks them. Returns their number. */
static uint64_t take_all(struct read_ahead *ahead, bool *ok, struct sim_error *error)
{
    static uint8_t part[READ_AHEAD_BLOCK_BYTES];
    uint64_t taken = 0;
    size_t room = 1;
    size_t got;

    while ((*ok = read_ahead_take(ahead, part, room, &got, error)) && got > 0) {
        for (size_t i = 0; i < got; i++)
            if (part[i] != byte_at(taken + i))
                fail_msg("byte %u is wrong", (unsigned)(taken + i));
        taken += got;
        assert_true(read_ahead_position(ahead) >= taken);
        room = room * 3u % sizeof(part) + 1u;
    }
    return taken;
}

TEST(all_bytes_arrive_in_order_and_the_end_is_told_again)
{
    struct source source = {0, 0};
    struct read_ahead *ahead = start(fill, &source);
    struct sim_error error;
    bool ok;

    assert_int_equal(take_all(ahead, &ok, &error), STREAM_BYTES);
    assert_true(ok);
    assert_int_equal(take_all(ahead, &ok, &error), 0);
    assert_true(ok);
    assert_int_equal(read_ahead_position(ahead), STREAM_BYTES);
    read_ahead_close(ahead);
}

TEST(an_error_comes_after_the_bytes_before_it)
{
    struct source source = {0, 50u * PIECE};
    struct read_ahead *ahead = start(fill, &source);
    struct sim_error error = {.text = ""};
    bool ok;

    assert_int_equal(take_all(ahead, &ok, &error), 50u * PIECE);
    assert_false(ok);
    assert_string_equal(error.text, "broken at 500350");
    error.text[0] = '\0';
    assert_int_equal(take_all(ahead, &ok, &error), 0);
    assert_false(ok);
    assert_string_equal(error.text, "broken at 500350");
    read_ahead_close(ahead);
}

TEST(the_thread_reads_only_as_far_as_its_blocks_last)
{
    struct source source = {0, 0};
    struct read_ahead *ahead = start(fill, &source);
    uint8_t byte;
    size_t got;
    struct sim_error error;

    assert_true(read_ahead_take(ahead, &byte, 1, &got, &error));
    usleep(20000);
    read_ahead_close(ahead);
    assert_true(source.given < STREAM_BYTES);
}

struct pipe_source {
    int fd;
    struct read_ahead *ahead;
};

static bool fill_from_pipe(void *context, void *out, size_t room, size_t *got, uint64_t *position,
                           struct sim_error *error)
{
    const struct pipe_source *source = context;

    if (!read_ahead_wait(source->ahead, source->fd))
        return sim_error_set(error, "closed");
    ssize_t bytes = read(source->fd, out, room);

    *got = bytes > 0 ? (size_t)bytes : 0;
    *position = 0;
    return true;
}

TEST(a_thread_that_waits_for_input_can_be_ended)
{
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    struct pipe_source source = {.fd = fds[0]};
    read_ahead_start(&source.ahead, fill_from_pipe, &source);
    if (source.ahead == NULL)
        skip(); /* one processor only */
    usleep(1000);
    read_ahead_close(source.ahead); /* nobody ever writes */
    close(fds[0]);
    close(fds[1]);
}

TEST(a_child_can_close_what_its_parent_reads)
{
    struct source source = {0, 0};
    struct read_ahead *ahead = start(fill, &source);
    struct sim_error error;
    int status;
    bool ok;
    pid_t child = fork();

    if (child == 0) {
        read_ahead_close(ahead);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(take_all(ahead, &ok, &error), STREAM_BYTES);
    assert_true(ok);
    read_ahead_close(ahead);
}
