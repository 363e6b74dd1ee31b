#include "support/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/json.h"

#include <stdio.h>

struct program scenario_program;

void scenario_replay(const char *trace, const char *option, const char *machine,
                     const char *strategy)
{
    struct program *program = &scenario_program;

    MMSIM(program, "replay", trace, option, machine, "--strategy", strategy, "--json");
    if (program->status != 0 || json_error(program->out) != NULL)
        fail_msg("mmsim replay %s %s %s --strategy %s: status %d: %s%s", trace, option, machine,
                 strategy, program->status, program->err, program->out);
    assert_string_equal(program->err, "");
}

void scenario_expect(const char *trace, const char *strategy, const char *path, const char *value)
{
    size_t bytes = 0;
    const char *found = json_find(scenario_program.out, path, &bytes);

    if (!json_equals(scenario_program.out, path, value))
        fail_msg("%s --strategy %s: %s is %.*s, expected %s", trace, strategy, path, (int)bytes,
                 found != NULL ? found : "", value);
}

static uint64_t sum(const char *object, const char *const keys[])
{
    uint64_t total = 0;

    for (; *keys != NULL; keys++) {
        char path[64];
        snprintf(path, sizeof path, "%s.%s", object, *keys);
        total += json_u64(scenario_program.out, path);
    }
    return total;
}

void scenario_expect_one_cause_each(void)
{
    static const char *const classes[] = {"kmalloc", "pages", "vmalloc", "touch",
                                          "process", "map",   "setbrk",  NULL};
    static const char *const causes[] = {"no_frames",        "no_run", "brk_blocked",
                                         "no_address_space", "zone",   "unsupported",
                                         "bad_access",       NULL};

    assert_int_equal(sum("failures", classes), sum("failures_by_cause", causes));
    assert_true(sum("failures", classes) <= sum("requests", classes));
}

const char *scenario_number(uint64_t value)
{
    static char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return text;
}
