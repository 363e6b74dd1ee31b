/* Valgrind and AddressSanitizer report the memory errors of a kernel, under each strategy. */
#include "support/program.h"
#include "support/test.h"

#include <mm/mm.h>
#include <mm/strategy.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define UNKNOWN "depends on uninitialised value"
#define MEMCHECK                                                                                   \
    "valgrind --quiet --leak-check=full --px-default=allregs-at-mem-access "                       \
    "--px-file-backed=allregs-at-mem-access --vex-guest-chase=no "

/* A mistake of program.c, and its reports. NULL stands for text that is not checked. */
static const struct {
    const char *mistake;
    const char *kind;  /* the only report of Valgrind, or "" for none */
    const char *place; /* Valgrind's description of the block */
    const char *asan;  /* AddressSanitizer's description of the block, or "" for no report */
    const char *by;    /* a function in the stack that allocated or freed the block */
    bool slabs;        /* needs a strategy with slabs */
} expected[] = {
    {"none", "", NULL, "", NULL, false},
    {"read_past", "Invalid read of size 1", "0 bytes after a block of size 100 alloc'd",
     "0 bytes after a block of 100 bytes", "allocates", false},
    {"read_past_one_of_many", "Invalid read of size 1", "0 bytes after a block of size 64 alloc'd",
     "0 bytes after a block of 64 bytes", "allocates", false},
    {"read_before", "Invalid read of size 1", "1 bytes before a block of size 5,000 alloc'd",
     "1 bytes before a block of 5000 bytes", "allocates", false},
    {"write_past", "Invalid write of size 1", "0 bytes after a block of size 24 alloc'd",
     "0 bytes after a block of 24 bytes", "allocates", false},
    {"read_freed", "Invalid read of size 1", "100 bytes inside a block of size 200 free'd",
     "100 bytes inside a block of 200 bytes", "frees", false},
    {"write_freed", "Invalid write of size 1", "0 bytes inside a block of size 20,000 free'd",
     "0 bytes inside a block of 20000 bytes", "allocates", false},
    {"read_unknown", UNKNOWN, "reads", "", NULL, false},
    {"read_unknown_after_resize", UNKNOWN, "reads", "", NULL, false},
    {"read_past_resized", "Invalid read of size 1", "0 bytes after a block of size 60 alloc'd",
     "0 bytes after a block of 60 bytes", "read_past_resized", false},
    {"read_moved", "Invalid read of size 1", "10 bytes inside a block of size 100 free'd",
     "10 bytes inside a block of 100 bytes", "resizes", false},
    {"read_past_usable", "Invalid read of size 1", "0 bytes after a block of size 100 alloc'd",
     "0 bytes after a block of 100 bytes", "allocates", false},
    {"read_past_vmalloc", "Invalid read of size 1", "0 bytes after a block of size 10,000 alloc'd",
     "0 bytes after a block of 10000 bytes", "vmallocs", false},
    {"read_unknown_vmalloc", UNKNOWN, "reads", "", NULL, false},
    {"read_vfreed", "Invalid read of size 1", "5,000 bytes inside a block of size 10,000 free'd",
     "5000 bytes inside a block of 10000 bytes", "vmallocs", false},
    {"read_unknown_page", UNKNOWN, "reads", "", NULL, false},
    {"read_freed_page", "Invalid read of size 1", "123 bytes inside a block of size 4,096 free'd",
     "123 bytes inside a block of 4096 bytes", "takes_page", false},
    {"read_never_allocated", "Invalid read of size 1", "reads", "in no block", NULL, false},
    {"free_twice", "", "panic: ", "", NULL, false},
    {"read_past_object", "Invalid read of size 1", "0 bytes after a block of size 40 alloc'd",
     "0 bytes after a block of 40 bytes", "takes_object", true},
    {"read_freed_object", "Invalid read of size 1", "8 bytes inside a block of size 40 free'd",
     "8 bytes inside a block of 40 bytes", "takes_object", true},
};

#define EXPECTED (sizeof expected / sizeof *expected)

static struct program program;

static bool applies(size_t i, const struct strategy *strategy)
{
    return !expected[i].slabs || strcmp(strategy->name, "zoned") == 0 ||
           strcmp(strategy->name, "kseg0") == 0;
}

/* Run the program with all mistakes. Standard error goes to program.out, too. */
static void run_all(const char *tool, const char *watched, const struct strategy *strategy)
{
    char command[2048];
    size_t length =
        (size_t)snprintf(command, sizeof command, "%s %s %s", tool, watched, strategy->name);

    for (size_t i = 0; i < EXPECTED; i++)
        if (applies(i, strategy))
            length += (size_t)snprintf(command + length, sizeof command - length, " %s",
                                       expected[i].mistake);
    snprintf(command + length, sizeof command - length, " 2>&1");
    program_run(&program, NULL, NULL, (const char *const[]){"sh", "-c", command, NULL});
    assert_output_has(&program, "mistake end\n");
}

static bool can_run(const char *tool)
{
#ifdef __SANITIZE_ADDRESS__
    (void)tool;
    return false;
#else
    program_run(&program, NULL, NULL, (const char *const[]){"sh", "-c", tool, NULL});
    return program.status == 0;
#endif
}

/* Returns the output of one mistake. */
static char *section_of(const char *mistake)
{
    static char section[PROGRAM_OUT_BYTES];
    char title[64];

    snprintf(title, sizeof title, "mistake %s\n", mistake);
    const char *start = strstr(program.out, title);
    assert_non_null(start);
    start += strlen(title) - 1;
    const char *end = strstr(start, "\nmistake ");
    assert_non_null(end);
    snprintf(section, sizeof section, "%.*s", (int)(end - start), start);
    return section;
}

static unsigned count(const char *text, const char *part)
{
    unsigned times = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        times++;
    return times;
}

static void assert_section(const struct strategy *strategy, size_t i, const char *report,
                           unsigned reports, const char *const parts[3])
{
    const char *section = section_of(expected[i].mistake);

    if (count(section, report) != reports)
        fail_msg("%s, %s: not %u reports in:\n%s", strategy->name, expected[i].mistake, reports,
                 section);
    for (int part = 0; part < 3; part++)
        if (parts[part] != NULL && strstr(section, parts[part]) == NULL)
            fail_msg("%s, %s: no \"%s\" in:\n%s", strategy->name, expected[i].mistake, parts[part],
                     section);
}

/* There is one report of the expected kind, and no other. */
static void assert_valgrind(const struct strategy *strategy, size_t i)
{
    const char *kinds[] = {"Invalid read", "Invalid write", UNKNOWN};

    for (size_t kind = 0; kind < 3; kind++)
        assert_section(strategy, i, kinds[kind], strstr(expected[i].kind, kinds[kind]) != NULL,
                       (const char *const[]){expected[i].kind, expected[i].place, expected[i].by});
    if (expected[i].kind[0] == '\0')
        assert_section(strategy, i, "==", 0, (const char *const[]){NULL, NULL, NULL});
}

static void require_valgrind(void)
{
    if (can_run("command -v valgrind"))
        return;
    print_message("skipped: needs Valgrind, and a build without sanitizers\n");
    skip();
}

TEST(valgrind_reports_each_mistake)
{
    require_valgrind();
    for (const struct strategy *const *s = mm_strategies; *s != NULL; s++) {
        run_all(MEMCHECK, WATCH_PROGRAM, *s);
        for (size_t i = 0; i < EXPECTED; i++)
            if (applies(i, *s))
                assert_valgrind(*s, i);
        assert_null(strstr(program.out, "lost"));
    }
}

/* With --track-origins, a run takes a quarter of a minute, so only two strategies run, with one
   mistake each. */
TEST(valgrind_names_the_allocation_of_uninitialised_values)
{
    static const char *const commands[] = {
        MEMCHECK "--track-origins=yes " WATCH_PROGRAM " brk read_unknown_after_resize 2>&1",
        MEMCHECK "--track-origins=yes " WATCH_PROGRAM " zoned read_unknown 2>&1"};
    static const char *const allocators[] = {"resizes", "allocates"};

    require_valgrind();
    for (int i = 0; i < 2; i++) {
        program_run(&program, NULL, NULL, (const char *const[]){"sh", "-c", commands[i], NULL});
        const char *origin =
            strstr(program.out, "Uninitialised value was created by a heap allocation");
        if (origin == NULL || strstr(origin, allocators[i]) == NULL)
            fail_msg("no \"%s\" in:\n%s", allocators[i], program.out);
    }
}

TEST(asan_reports_each_mistake)
{
    if (!can_run("test -x " WATCH_PROGRAM "_asan")) {
        print_message("skipped: needs a build without sanitizers\n");
        skip();
    }
    for (const struct strategy *const *s = mm_strategies; *s != NULL; s++) {
        run_all("ASAN_OPTIONS=halt_on_error=0:suppress_equal_pcs=0:print_legend=0",
                WATCH_PROGRAM "_asan", *s);
        for (size_t i = 0; i < EXPECTED; i++)
            if (applies(i, *s))
                assert_section(*s, i, "ERROR: AddressSanitizer: use-after-poison",
                               expected[i].asan[0] != '\0',
                               (const char *const[]){expected[i].asan, "", expected[i].by});
    }
}
