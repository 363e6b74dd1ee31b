/* The reader remembers the last head and earlier flags. Its results are the same without them. */
#include "support/test.h"
#include "trace/files.h"

#include "trace/generate/random.h"
#include "trace/import/kmem_line.h"
#include "trace/import/log_fields.h"
#include "trace/memory.h"

#define DRAW(list) list[random_below(random, sizeof(list) / sizeof(list[0]))]

/* Draws a line, which need not be valid. Successive lines often have the same head. */
static size_t draw_line(struct random *random, char *text, size_t room)
{
    static const char *const tasks[] = {"             cc1", "            sh-2", "a-1 [000] b",
                                        "kworker/0:1",      "x (y-3 [001]",     "<...>"};
    static const char *const pids[] = {"-1234 ", "-7     ", "-7", "-x", "-65-12 "};
    static const char *const cpus[] = {"[000] ", "[001]  ", "( 1234) [001] ", "(---) [000] ",
                                       "0",      "1",       "[00 ",           ""};
    static const char *const flags[] = {"..s2. ", ".....   ", "", "d.h1 ", "5-2 [000] .... "};
    static const char *const times[] = {
        "15.002717: ", "1.5: ", "15.123456789: ", "15.: ", "77: ", "15.002717:", ")", ""};

    static const char *task, *pid, *cpu;

    if (task == NULL || random_one_in(random, 4)) {
        task = DRAW(tasks);
        pid = DRAW(pids);
        cpu = DRAW(cpus);
    }
    return (size_t)snprintf(text, room, "%s%s%s%s%skfree: ptr=1", task, pid, cpu, DRAW(flags),
                            DRAW(times));
}

static bool words_same(struct word a, struct word b)
{
    return a.text == b.text && a.bytes == b.bytes;
}

TEST(a_remembered_head_is_read_like_a_new_one)
{
    struct line_head remembered = {.bytes = 0};
    struct random random;
    uint32_t heads = 0;
    char text[256];

    random_seed(&random, 1);
    for (uint32_t i = 0; i < 200000; i++) {
        size_t bytes = draw_line(&random, text, sizeof(text));
        struct line_head none = {.bytes = 0};
        struct kmem_line a = {.time_ns = 0};
        struct kmem_line b = {.time_ns = 0};

        const char *expected = line_take_task_and_time(text, text + bytes, &none, &a);
        heads += remembered.bytes > 0 && remembered.bytes <= bytes &&
                 memcmp(text, remembered.text, remembered.bytes) == 0 && expected != NULL;
        assert_ptr_equal(line_take_task_and_time(text, text + bytes, &remembered, &b), expected);
        if (expected == NULL)
            continue;
        assert_true(words_same(a.task, b.task) && a.pid == b.pid && a.context == b.context);
        assert_true(a.timed == b.timed && a.time_ns == b.time_ns);
    }
    assert_true(heads > 1000);
}

/* The head is longer than the reader remembers. */
TEST(a_long_head_is_not_remembered)
{
    static const char line[] = "a task whose name is much longer than the name of a task in a real "
                               "kernel-12 [000] .... 1.0: ";
    struct line_head head = {.bytes = 0};
    struct kmem_line read;

    assert_ptr_equal(line_take_task_and_time(line, line + sizeof(line) - 1, &head, &read),
                     line + sizeof(line) - 1);
    assert_int_equal(head.bytes, 0);
    assert_int_equal(read.pid, 12);
}

/* Column 17 has a hyphen, which is not the one between the task and its PID. */
TEST(a_hyphen_in_column_17_may_be_another)
{
    static const char line[] = "cc-12 [000] ....- 1.0: ";
    struct line_head head = {.bytes = 0};
    struct kmem_line read;

    assert_int_equal(line[16], '-');
    assert_ptr_equal(line_take_task_and_time(line, line + sizeof(line) - 1, &head, &read),
                     line + sizeof(line) - 1);
    assert_int_equal(read.pid, 12);
    assert_int_equal(read.task.bytes, 2);
}

static struct word word_of(const char *text)
{
    return (struct word){text, strlen(text)};
}

TEST(remembered_flags_give_the_same_class)
{
    static const char *const flags[] = {"GFP_KERNEL", "GFP_DMA",   "GFP_HIGHUSER", "GFP_NOFS",
                                        "__GFP_ZERO", "__GFP_DMA", "0xdc0",        "0x2"};
    struct gfp_memo *memo = memory_zeroed(1, sizeof(*memo));
    struct random random;

    random_seed(&random, 1);
    for (uint32_t i = 0; i < 20000; i++) {
        struct gfp_memo none = {.texts = {{.bytes = 0}}};
        char text[256] = "";

        for (uint32_t count = random_below(&random, 12); count > 0; count--) {
            strcat(text, flags[random_below(&random, 8)]);
            strcat(text, count > 1 ? "|" : "");
        }
        assert_int_equal(gfp_page_class(memo, word_of(text)), gfp_page_class(&none, word_of(text)));
    }
    assert_int_equal(gfp_page_class(memo, word_of("GFP_KERNEL")), PAGES_LOW);
    assert_int_equal(gfp_page_class(memo, word_of("GFP_NOFS|__GFP_DMA")), PAGES_DMA);
    assert_int_equal(gfp_page_class(memo, word_of("GFP_DMA|0x2")), PAGES_USER);
    assert_int_equal(gfp_page_class(memo, word_of("")), PAGES_LOW);
    free(memo);
}
