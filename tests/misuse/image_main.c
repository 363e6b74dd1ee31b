/*
 * Commits the misuses on a real machine, under every strategy, in place of src/i386/main.c. The
 * linker
 * (--wrap) directs a panic to this file, which prints it and goes on with the next misuse.
 *
 *     misuse STRATEGY NAME: panic: ...
 */
#include "i386/bootinfo.h"
#include "i386/memory_plan.h"
#include "i386/power.h"
#include "i386/serial.h"
#include "i386/traps.h"
#include "i386/user.h"
#include "misuse/misuse.h"
#include "replay/run_json.h"
#include <mm/machine.h>
#include <mm/strategy.h>

/* boot.S calls image_main(). The linker directs calls of machine_panic() to the second function. */
_Noreturn void image_main(uint32_t magic, uint32_t information);
_Noreturn void __wrap_machine_panic(const char *function, const char *fact, uint32_t value);

static struct mm mm;
static struct misuse_attempt attempt;
static char panic_line[MISUSE_LINE_BYTES];
static void *before_the_misuse[5];

_Noreturn void __wrap_machine_panic(const char *function, const char *fact, uint32_t value)
{
    misuse_panic_line(panic_line, function, fact, value);
    __builtin_longjmp(before_the_misuse, 1);
}

/* Returns whether the misuse panicked. */
static __attribute__((noinline)) bool commit(const struct misuse *misuse)
{
    if (__builtin_setjmp(before_the_misuse) != 0)
        return true;
    misuse->commit(&attempt);
    return false;
}

static void print(const struct strategy *strategy, const struct misuse *misuse, const char *line)
{
    const char *const words[] = {"misuse ", strategy->name, " ", misuse->name, ": ", line, "\n"};

    for (uint32_t i = 0; i < sizeof words / sizeof words[0]; i++)
        text_put(&serial_out, words[i]);
}

/* Returns whether the misuse ended as the table says. Prints how it ended. */
static bool ends_as_named(const struct misuse *misuse, const struct strategy *strategy,
                          const struct memmap *map)
{
    attempt = (struct misuse_attempt){.mm = &mm};
    if (!mm_init(&mm, strategy, map))
        return false;
    user_page_map(&mm);
    bool panicked = commit(misuse);
    mm_exit(&mm);
    if (misuse_is_impossible(&attempt))
        return true;
    const char *line = panicked ? panic_line : NULL;
    const char *wrong = misuse_verdict(misuse, &attempt, line);
    print(strategy, misuse, panicked ? panic_line : "not caught");
    if (wrong != NULL)
        print(strategy, misuse, wrong);
    return wrong == NULL;
}

_Noreturn void image_main(uint32_t magic, uint32_t information)
{
    static struct bootinfo boot;
    static struct memory_plan plan;
    static struct memmap map;
    bool sound = true;

    serial_init();
    traps_init();
    user_init();
    if (bootinfo_read(&boot, magic, paddr(information)) != NULL)
        power_off(false);
    memory_plan_init(&plan, &boot);
    memmap_text_put(&serial_out, plan.range, plan.count);
    if (!memmap_build(&map, plan.range, plan.count))
        power_off(false);
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++)
        for (const struct misuse *misuse = misuses; misuse->name != NULL; misuse++)
            sound &= ends_as_named(misuse, mm_strategies[i], &map);
    power_off(sound);
}
