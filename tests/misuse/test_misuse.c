/*
 * Commits every misuse of the table under every strategy. The memory manager must be sound just
 * before, and the call must end in the panic that the table names.
 *
 *     test_misuse          runs the tests
 *     test_misuse FILE     prints the lines of the panics on the memory map in FILE, in the format
 * of the image (tests/image/misuse.sh)
 */
#include <mm/strategy.h>

#include "support/model_mm.h"

#include "machine/pc_memmap.h"
#include "misuse/misuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mm mm;

struct commitment {
    const struct misuse *misuse;
    struct misuse_attempt attempt;
};

static void commit(void *context)
{
    struct commitment *commitment = context;

    commitment->misuse->commit(&commitment->attempt);
}

/* Returns the line of the panic, or NULL if there was none. */
static const char *commit_on(struct commitment *commitment, const struct strategy *strategy,
                             const struct memmap *map)
{
    if (!mm_init(&mm, strategy, map))
        return "panic: the memory map has no room for the metadata";
    const char *line = machine_catch_panic(commit, commitment);
    mm_exit(&mm);
    return line;
}

/* How often each misuse was committed. */
#define MISUSES_MAX 1000u
static uint32_t committed[MISUSES_MAX];

/* Returns whether the misuse ended as the table says. If not, prints how it ended. */
static bool ends_as_named(uint32_t i, const struct strategy *strategy, const struct memmap *map)
{
    struct commitment commitment = {.misuse = &misuses[i], .attempt = {.mm = &mm}};
    const char *line = commit_on(&commitment, strategy, map);

    if (misuse_is_impossible(&commitment.attempt))
        return true;
    committed[i]++;
    const char *wrong = misuse_verdict(&misuses[i], &commitment.attempt, line);
    if (wrong == NULL)
        return true;
    print_error("%s: %s: %s%s%s\n", strategy->name, misuses[i].name, wrong,
                line != NULL ? ": " : "", line != NULL ? line : "");
    return false;
}

static uint32_t wrong_ends;

static void commit_all(const struct strategy *strategy, const struct memmap *map)
{
    for (uint32_t i = 0; misuses[i].name != NULL; i++)
        wrong_ends += !ends_as_named(i, strategy, map);
}

/* Misuses that end in another way are printed for all strategies. The last test then fails. */
MM_TEST(commits_each_misuse)
{
    const struct memmap map = model_map(64 * MIB);

    commit_all(strategy, &map);
}

/* Some frames are beyond the direct map, or beyond kseg0. */
MM_TEST(commits_each_misuse_with_high_memory)
{
    static const struct memmap_range ram[] = {{4 * MIB, 64 * MIB - 1, true},
                                              {768 * MIB, 784 * MIB - 1, true}};
    struct memmap map;

    assert_true(memmap_build(&map, ram, 2));
    commit_all(strategy, &map);
}

static void each_misuse_ended_in_the_panic_that_is_named(void **state)
{
    (void)state;
    assert_int_equal(wrong_ends, 0);
    for (uint32_t i = 0; misuses[i].name != NULL; i++) {
        assert_true(i < MISUSES_MAX);
        if (committed[i] == 0 && getenv("MMSIM_STRATEGY") == NULL)
            fail_msg("%s is impossible under every strategy", misuses[i].name);
    }
}

/* ---- the lines ---- */

static struct memmap printed_map;

static void print_lines(const struct strategy *strategy)
{
    for (uint32_t i = 0; misuses[i].name != NULL; i++) {
        struct commitment commitment = {.misuse = &misuses[i], .attempt = {.mm = &mm}};
        const char *line = commit_on(&commitment, strategy, &printed_map);
        if (!misuse_is_impossible(&commitment.attempt))
            printf("misuse %s %s: %s\n", strategy->name, misuses[i].name,
                   line != NULL ? line : "not caught");
    }
}

static int print_on(const char *path)
{
    struct pc_memmap ranges;
    char error[256];

    if (!pc_memmap_load(&ranges, path, error, sizeof error) ||
        !memmap_build(&printed_map, ranges.range, ranges.count)) {
        fprintf(stderr, "%s: no memory map\n", path);
        return 2;
    }
    model_each_strategy(print_lines);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commits_each_misuse),
        cmocka_unit_test(commits_each_misuse_with_high_memory),
        cmocka_unit_test(each_misuse_ended_in_the_panic_that_is_named),
    };

    return argc == 2 ? print_on(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
