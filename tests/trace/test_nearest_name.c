/* Finds the known name that the user may have meant. */
#include "support/test.h"
#include "trace/nearest_name.h"

#include <string.h>

TEST(the_distance_is_the_number_of_mistakes)
{
    static const struct {
        const char *a;
        const char *b;
        unsigned distance;
    } rows[] = {
        {"", "", 0},          {"", "abc", 3},           {"abc", "", 3},
        {"brk", "brk", 0},    {"zond", "zoned", 1},     {"brek", "brk", 1},
        {"bsk", "brk", 1},    {"rbk", "brk", 1},        {"comapre", "compare", 1},
        {"jmup", "jump", 1},  {"kitten", "sitting", 3}, {"ca", "abc", 3},
        {"window", "brk", 6},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(name_distance(rows[i].a, rows[i].b), rows[i].distance);
        assert_int_equal(name_distance(rows[i].b, rows[i].a), rows[i].distance);
    }
}

static const char *nearest_of(const char *name)
{
    static const char *const known[] = {"strategy", "strategies", "ram", "memmap", "json", NULL};
    struct nearest_name nearest = nearest_name_begin(name, strlen(name));

    for (const char *const *word = known; *word != NULL; word++)
        nearest_name_offer(&nearest, *word);
    return nearest.best != NULL ? nearest.best : "";
}

TEST(only_a_near_name_is_offered)
{
    static const char *const rows[][2] = {
        {"strategie", "strategies"},
        {"stratgy", "strategy"},
        {"memap", "memmap"},
        {"jsno", "json"},
        {"strat", "strategy"}, /* the beginning of a name */
        {"rma", "ram"},
        {"frobnicate", ""},
        {"", ""},
        {"x", ""},
        {"no", ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(nearest_of(rows[i][0]), rows[i][1]);
}

TEST(a_long_name_gets_no_hint)
{
    char name[200];

    memset(name, 'a', sizeof name);
    struct nearest_name nearest = nearest_name_begin(name, sizeof name);
    nearest_name_offer(&nearest, "ram");
    assert_null(nearest.best);
    assert_string_equal(nearest_name_hint(&nearest, "").text, "");
}

TEST(a_hint_can_follow_an_error_message)
{
    struct nearest_name nearest = nearest_name_begin("rom=64M", 3);

    nearest_name_offer(&nearest, "ram");
    assert_string_equal(nearest_name_hint(&nearest, "--").text, " (did you mean '--ram'?)");
}
