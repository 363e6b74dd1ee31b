/* Reads and writes the text form: every event, every error, and random traces. */
#include "replay/random.h"
#include "support/test.h"
#include "trace/files.h"

#include "trace/convert.h"
#include "trace/trace_file.h"

#include <unistd.h>

/* Converts the text to binary and back. The result must be the expected text. */
static void assert_round_trip(const char *text, const char *expected)
{
    struct sim_error error = {.text = ""};

    file_put_text("in.mmt", text);
    if (!trace_convert("in.mmt", "middle.mmb", &error))
        fail_msg("%s", error.text);
    if (!trace_convert("middle.mmb", "out.mmt", &error))
        fail_msg("%s", error.text);
    assert_file_text("out.mmt", expected);
    if (!trace_convert("out.mmt", "again.mmb", &error))
        fail_msg("%s", error.text);
    assert_files_equal("middle.mmb", "again.mmb");
}

static const char every_form[] = "mmtrace 1\n"
                                 "kmalloc 1 64\n"
                                 "kmalloc 2 4294967295 dma\n"
                                 "kmalloc 18446744073709551615 1 dma @ext4_find_extent\n"
                                 "krealloc 1 128\n"
                                 "kfree 2\n"
                                 "pages 7 0\n"
                                 "pages 8 10 user @comm:a-b/c\n"
                                 "pages 9 3 dma\n"
                                 "free_pages 8\n"
                                 "vmalloc 8 65536 @#odd\n"
                                 "vfree 8\n"
                                 "process 1\n"
                                 "map 1 0x00001000 8192 rw\n"
                                 "map 1 0xffffffff 1 r\n"
                                 "unmap 1 0x00001000 4096\n"
                                 "touch 1 0x00002000 w\n"
                                 "touch 1 0x00000000 r\n"
                                 "setbrk 1 0x08048000\n"
                                 "exit 1\n"
                                 "mark\n"
                                 "mark  two  blanks # and no comment \n"
                                 "kfree 1\n"
                                 "kmalloc 1 2\n";

TEST(every_event_survives_a_round_trip)
{
    assert_round_trip(every_form, every_form);
}

/* An address is in use by one block at a time, and names another one after its free. */
TEST(ids_may_be_addresses)
{
    assert_round_trip("mmtrace 1\nkmalloc 0xc0000008 100 @0xc0100a10\npages 0xffff888001f40000 2\n"
                      "kfree 0xC0000008\nkmalloc 0xc0000008 7\nkrealloc 0xc0000008 9\n"
                      "free_pages 0xffff888001f40000\n",
                      "mmtrace 1\nkmalloc 3221225480 100 @0xc0100a10\n"
                      "pages 18446612682102800384 2\nkfree 3221225480\nkmalloc 3221225480 7\n"
                      "krealloc 3221225480 9\nfree_pages 18446612682102800384\n");
}

TEST(spacing_and_comments_are_ignored)
{
    assert_round_trip("  mmtrace\t1  # a trace\r\n"
                      "\n"
                      "# nothing\r\n"
                      "   \t# here\n"
                      "\tkmalloc  0x10   0xFF  @x # why\r\n"
                      "pages 1 2 low #@y\n"
                      "mark\ttext\r\n"
                      "mark \n",
                      "mmtrace 1\n"
                      "kmalloc 16 255 @x\n"
                      "pages 1 2\n"
                      "mark text\n"
                      "mark\n");
    assert_round_trip("mmtrace 1\n", "mmtrace 1\n");
}

TEST(names_and_marks_of_1024_bytes_are_kept)
{
    static char text[4096];
    static char name[1025];

    memset(name, 'n', 1024);
    snprintf(text, sizeof(text), "mmtrace 1\nkmalloc 1 1 @%s\nmark %s\n", name, name);
    assert_round_trip(text, text);
}

struct bad_text {
    const char *text;  /* after the first line, "mmtrace 1", unless it has one */
    const char *error; /* without "in.mmt:" */
};

static const struct bad_text bad_texts[] = {
    {"frobnicate 1 2\n", "2: unknown event 'frobnicate'"},
    {"kmalloc\n", "2: kmalloc: ID is missing: expected 'kmalloc ID BYTES [dma] [@SITE]'"},
    {"kmalloc 1\n", "2: kmalloc: BYTES is missing: expected 'kmalloc ID BYTES [dma] [@SITE]'"},
    {"kmalloc 1 # 64\n", "2: kmalloc: BYTES is missing: expected 'kmalloc ID BYTES [dma] [@SITE]'"},
    {"kmalloc x 64\n",
     "2: kmalloc: ID is 'x', which is not a number: expected 'kmalloc ID BYTES [dma] "
     "[@SITE]'"},
    {"kmalloc -1 64\n", "2: kmalloc: ID is '-1', which is not a number: expected 'kmalloc ID BYTES "
                        "[dma] [@SITE]'"},
    {"kmalloc 0x 64\n", "2: kmalloc: ID is '0x', which is not a number: expected 'kmalloc ID BYTES "
                        "[dma] [@SITE]'"},
    {"kmalloc 0 64\n", "2: kmalloc: ID is 0, out of range: expected 1 to 18446744073709551615"},
    {"kmalloc 18446744073709551616 64\n", "2: kmalloc: ID is 18446744073709551616, out of range: "
                                          "expected 1 to 18446744073709551615"},
    {"kmalloc 1 0\n", "2: kmalloc: BYTES is 0, out of range: expected 1 to 4294967295"},
    {"kmalloc 1 4294967296\n",
     "2: kmalloc: BYTES is 4294967296, out of range: expected 1 to 4294967295"},
    {"kmalloc 1 64 user\n",
     "2: kmalloc: unknown class 'user': expected 'kmalloc ID BYTES [dma] [@SITE]'"},
    {"kmalloc 1 64 dma low\n",
     "2: kmalloc: unexpected 'low': expected 'kmalloc ID BYTES [dma] [@SITE]'"},
    {"kmalloc 1 64 @a b\n",
     "2: kmalloc: unexpected 'b': expected 'kmalloc ID BYTES [dma] [@SITE]'"},
    {"kmalloc 1 64 @\n", "2: kmalloc: the site's name has 0 bytes: expected 1 to 1024 after the @"},
    {"\n# x\nkmalloc 5 1\n\nkmalloc 5 2\n", "6: kmalloc: ID 5 is in use since line 4"},
    {"pages 5 1\nvmalloc 5 1\n", "3: vmalloc: ID 5 is in use since line 2"},
    {"kfree 5\n", "2: kfree: ID 5 is not in use: it was never made, or has ended"},
    {"kmalloc 5 1\nkfree 5\nkfree 5\n",
     "4: kfree: ID 5 is not in use: it was never made, or has ended"},
    {"kmalloc 5 1\nkfree 5 6\n", "3: kfree: unexpected '6': expected 'kfree ID'"},
    {"pages 5 1\nkfree 5\n",
     "3: kfree: ID 5, made in line 2: only what kmalloc made can be resized or "
     "freed by kfree"},
    {"vmalloc 5 1\nkrealloc 5 2\n",
     "3: krealloc: ID 5, made in line 2: only what kmalloc made can be "
     "resized or freed by kfree"},
    {"kmalloc 5 1\nfree_pages 5\n",
     "3: free_pages: ID 5, made in line 2: only what pages made can be freed by free_pages"},
    {"kmalloc 5 1\nvfree 5\n",
     "3: vfree: ID 5, made in line 2: only what vmalloc made can be freed by vfree"},
    {"pages 1 11\n", "2: pages: ORDER is 11, out of range: expected 0 to 10"},
    {"pages 1 1 high\n",
     "2: pages: unknown class 'high': expected 'pages ID ORDER [dma|low|user] [@SITE]'"},
    {"exit 1\n", "2: exit: PID 1 is not in use: it was never made, or has ended"},
    {"process 1\nprocess 1\n", "3: process: PID 1 is in use since line 2"},
    {"kmalloc 1 1\ntouch 1 0 r\n",
     "3: touch: PID 1 is not in use: it was never made, or has ended"},
    {"process 1\nmap 1 0x100000000 1 r\n",
     "3: map: ADDR is 0x100000000, out of range: expected 0 to 4294967295"},
    {"process 1\nmap 1 0xffffffff 2 r\n",
     "3: map: ADDR 0xffffffff and BYTES 2 reach past the end of 4 GiB"},
    {"process 1\nmap 1 4096 4096\n",
     "3: map: the access is missing: expected 'map PID ADDR BYTES r|rw'"},
    {"process 1\nmap 1 4096 4096 w\n", "3: map: unknown access 'w': expected r or rw"},
    {"process 1\ntouch 1 4096 rw\n", "3: touch: unknown access 'rw': expected r or w"},
    {"mark a\001b\n", "2: control character 0x01 in column 7"},
    {"kmalloc 1 1\r\r\n", "2: control character 0x0d in column 12"},
    {"mark cut", "2: cut short: the last line does not end in a newline"},
    {"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee\n",
     "2: unknown event 'aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd...'"},
};

static void assert_error(const char *text, const char *error)
{
    struct sim_error actual = {.text = ""};
    char expected[512];

    file_put_text("in.mmt", text);
    unlink("out.mmb");
    snprintf(expected, sizeof(expected), "in.mmt:%s", error);
    assert_false(trace_convert("in.mmt", "out.mmb", &actual));
    assert_string_equal(actual.text, expected);
    assert_int_equal(access("out.mmb", F_OK), -1);
}

TEST(every_error_names_its_line)
{
    char text[256];

    for (size_t i = 0; i < sizeof(bad_texts) / sizeof(bad_texts[0]); i++) {
        snprintf(text, sizeof(text), "mmtrace 1\n%s", bad_texts[i].text);
        assert_error(text, bad_texts[i].error);
    }
}

TEST(the_first_line_must_name_the_format)
{
    static const char not_one[] =
        "1: not a trace: the first line is not 'mmtrace 1', and it is not a binary trace either";

    assert_error("kmalloc 1 1\n", not_one);
    assert_error("\nmmtrace 1\n", not_one);
    assert_error("MMTRACE 1\n", not_one);
    assert_error("mmtrace 2\n", "1: version '2' of the text form: this program knows 'mmtrace 1'");
    assert_error("mmtrace\n", "1: version '' of the text form: this program knows 'mmtrace 1'");
    assert_error("mmtrace 1 1\n",
                 "1: version '1' of the text form: this program knows 'mmtrace 1'");
    assert_error("mmtrace 1", "1: cut short: the last line does not end in a newline");
}

TEST(longer_texts_are_refused)
{
    static char text[80000];

    strcpy(text, "mmtrace 1\nmark ");
    memset(text + 15, 'x', 1025);
    strcpy(text + 15 + 1025, "\n");
    assert_error(text, "2: mark: the text has 1025 bytes: expected at most 1024");
    strcpy(text + 10, "vmalloc 1 1 @");
    memset(text + 23, 'x', 1025);
    strcpy(text + 23 + 1025, "\n");
    assert_error(text,
                 "2: vmalloc: the site's name has 1025 bytes: expected 1 to 1024 after the @");
    memset(text + 15, 'x', 70000);
    strcpy(text + 15 + 70000, "\n");
    assert_error(text, "2: a line longer than 65535 bytes");
}

static uint32_t seed;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&seed, bound);
}

#define IDS 300u

/* The live IDs from 1 to IDS and PIDs from 1 to 5, so that random events are valid. */
struct model {
    char kinds[IDS + 1]; /* 0, 'k', 'p', 'v' */
    bool processes[6];
};

static void write_end(struct model *model, FILE *file, uint32_t id)
{
    const char *word = model->kinds[id] == 'k'   ? "kfree"
                       : model->kinds[id] == 'p' ? "free_pages"
                                                 : "vfree";

    if (model->kinds[id] == 'k' && random_below(3) == 0) {
        fprintf(file, "krealloc %u %u\n", id, 1 + random_below(100000));
        return;
    }
    fprintf(file, "%s %u\n", word, id);
    model->kinds[id] = 0;
}

static void write_make(struct model *model, FILE *file, uint32_t id)
{
    static const char *const sites[] = {"", " @alloc_inode", " @kmem", " @comm:ld"};
    static const char *const classes[] = {"", " dma", " user"};

    model->kinds[id] = "kpv"[random_below(3)];
    if (model->kinds[id] == 'k')
        fprintf(file, "kmalloc %u %u%s%s\n", id, 1 + random_below(1u << (1 + random_below(20))),
                classes[random_below(2)], sites[random_below(4)]);
    else if (model->kinds[id] == 'p')
        fprintf(file, "pages %u %u%s%s\n", id, random_below(11), classes[random_below(3)],
                sites[random_below(4)]);
    else
        fprintf(file, "vmalloc %u %u%s\n", id, 1 + random_below(1u << 20), sites[random_below(4)]);
}

static void write_process(struct model *model, FILE *file, uint32_t pid)
{
    uint32_t address = random_below(1u << 20) << 12;

    if (!model->processes[pid]) {
        fprintf(file, "process %u\n", pid);
        model->processes[pid] = true;
        return;
    }
    switch (random_below(5)) {
    case 0:
        fprintf(file, "map %u 0x%08x 4096 %s\n", pid, address, random_below(2) ? "rw" : "r");
        break;
    case 1:
        fprintf(file, "unmap %u 0x%08x 1\n", pid, address);
        break;
    case 2:
        fprintf(file, "touch %u 0x%08x %s\n", pid, address, random_below(2) ? "w" : "r");
        break;
    case 3:
        fprintf(file, "setbrk %u 0x%08x\n", pid, address);
        break;
    default:
        fprintf(file, "exit %u\n", pid);
        model->processes[pid] = false;
        break;
    }
}

static void write_random(const char *name, uint32_t events)
{
    FILE *file = fopen(name, "w");
    struct model model = {{0}, {0}};

    assert_non_null(file);
    fputs("mmtrace 1\n", file);
    for (uint32_t i = 0; i < events; i++) {
        uint32_t id = 1 + random_below(IDS);

        if (random_below(20) == 0)
            fprintf(file, "mark step %u\n", i);
        else if (random_below(10) == 0)
            write_process(&model, file, 1 + random_below(5));
        else if (model.kinds[id] != 0)
            write_end(&model, file, id);
        else
            write_make(&model, file, id);
    }
    assert_int_equal(fclose(file), 0);
}

TEST(random_traces_survive_a_round_trip)
{
    struct sim_error error = {.text = ""};

    for (uint32_t round = 1; round <= 10; round++) {
        seed = round;
        write_random("random.mmt", 20000);
        if (!trace_convert("random.mmt", "random.mmb", &error) ||
            !trace_convert("random.mmb", "back.mmt", &error) ||
            !trace_convert("back.mmt", "back.mmb", &error) ||
            !trace_convert("random.mmb", "copy.mmb", &error))
            fail_msg("seed %u: %s", round, error.text);
        assert_files_equal("random.mmt", "back.mmt");
        assert_files_equal("random.mmb", "back.mmb");
        assert_files_equal("random.mmb", "copy.mmb");
    }
}

/* A changed byte gives another valid trace, or an error with the file and the line. */
TEST(a_changed_byte_is_an_error_or_another_trace)
{
    static const char changes[] = {'\0', '\n', ' ', '0', '9', 'k', '@', '#', '\x80', '\r'};
    char text[sizeof(every_form)];
    struct sim_error error;

    for (size_t at = 0; at < sizeof(every_form) - 1; at++) {
        for (size_t i = 0; i < sizeof(changes); i++) {
            struct trace trace;

            memcpy(text, every_form, sizeof(text));
            text[at] = changes[i];
            file_put("in.mmt", text, sizeof(text) - 1);
            if (trace_open(&trace, "in.mmt", &error)) {
                assert_true(trace_verify(&trace, &error));
                trace_close(&trace);
            } else {
                assert_int_equal(strncmp(error.text, "in.mmt:", 7), 0);
                /* "mmtrace" and a NUL begin a binary trace, whose errors have an offset */
                assert_true((error.text[7] >= '1' && error.text[7] <= '9') ||
                            strncmp(error.text + 7, " offset ", 8) == 0);
            }
        }
    }
}

int main(void)
{
    return tests_run(files_setup, files_teardown);
}
