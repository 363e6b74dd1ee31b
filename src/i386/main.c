/* The order of the image's work: boot, self-test, replay, results, end. */
#include "bootinfo.h"
#include "memory_plan.h"
#include "options.h"
#include "pci.h"
#include "power.h"
#include "probe_run.h"
#include "replay/run_json.h"
#include "run.h"
#include "selftest.h"
#include "serial.h"
#include "text.h"
#include "traps.h"
#include "user.h"
#include <mm/machine.h>
#include <mm/strategy.h>

/* Called by boot.S. */
_Noreturn void image_main(uint32_t magic, uint32_t information);

static _Noreturn void fail(const char *what, const char *why)
{
    text_put(&serial_out, "error: ");
    text_put(&serial_out, what);
    text_put(&serial_out, ": ");
    text_put(&serial_out, why);
    text_put(&serial_out, "\n");
    power_off(false);
}

/* A module's name is its path, or the last component of the path. */
static bool module_named(const struct boot_module *module, const char *name)
{
    const char *last = module->name;

    for (const char *at = module->name; *at != '\0'; at++)
        if (*at == '/')
            last = at + 1;
    return text_equal(module->name, name) || text_equal(last, name);
}

static const struct boot_module *module_find(const struct bootinfo *boot, const char *name)
{
    for (uint32_t i = 0; i < boot->module_count; i++)
        if (module_named(&boot->module[i], name))
            return &boot->module[i];
    fail(name, "no module has that name");
}

/* Returns NULL if no trace is to be replayed. */
static const struct boot_module *module_choose(const struct bootinfo *boot,
                                               const struct options *options)
{
    if (options->selftest != SELFTEST_FIRST)
        return NULL;
    if (options->trace == NULL)
        return boot->module_count != 0 ? &boot->module[0] : NULL;
    return module_find(boot, options->trace);
}

/* Plans the memory map and prints it. */
static void memory_decide(struct memory_plan *plan, const struct bootinfo *boot,
                          const struct boot_module *module)
{
    struct trace_header header;

    memory_plan_init(plan, boot);
    if (module != NULL) {
        if (!run_read_header(module, &header))
            power_off(false);
        if (!memory_plan_add_trace(plan, module, replay_slots_bytes(&header)))
            fail(module->name, "no room for its slot table below 768 MiB; give more RAM");
    }
    memmap_text_put(&serial_out, plan->range, plan->count);
}

static void selftest_expect(const char *part, const char *broken)
{
    if (broken == NULL)
        return;
    text_put(&serial_out, "selftest: ");
    text_put(&serial_out, part);
    text_put(&serial_out, ": ");
    text_put(&serial_out, broken);
    text_put(&serial_out, "\n");
    power_off(false);
}

/* Prints the display memory that the self-test of the frame buffer uses. */
static void display_print(void)
{
    paddr_t memory = paddr(0);
    uint32_t bytes = 0;

    if (!pci_find_display(&memory, &bytes)) {
        text_put(&serial_out, "display: none\n");
        return;
    }
    serial_put_fact("display: memory at ", memory.value);
    serial_put_fact(", bytes ", bytes);
    text_put(&serial_out, "\n");
}

static void selftest(const struct memmap *map)
{
    display_print();
    selftest_expect("paging", selftest_paging());
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        selftest_expect(mm_strategies[i]->name, selftest_strategy(mm_strategies[i], map));
        selftest_expect("layout", selftest_layout(mm_strategies[i], map));
        selftest_expect("ring 3", selftest_user(mm_strategies[i], map));
    }
    text_put(&serial_out, "selftest: ok\n");
}

/* Returns false if a run failed. A failed run does not stop the others, but an invalid trace does.
 */
static bool strategies_run(const struct options *options, const struct run_setting *setting)
{
    enum run_end worst = RUN_DONE;

    for (uint32_t i = 0; mm_strategies[i] != NULL && worst != RUN_BAD_TRACE; i++) {
        if (options->strategy != NULL && options->strategy != mm_strategies[i])
            continue;
        enum run_end end = run_strategy(mm_strategies[i], setting);
        worst = end > worst ? end : worst;
    }
    return worst == RUN_DONE;
}

_Noreturn void image_main(uint32_t magic, uint32_t information)
{
    static struct bootinfo boot;
    static struct memory_plan plan;
    static struct memmap map;
    struct options options;
    const char *word = "";

    serial_init();
    traps_init();
    user_init();
    const char *error = bootinfo_read(&boot, magic, paddr(information));
    if (error != NULL)
        fail("boot", error);
    error = options_parse(&options, boot.command_line, &word);
    if (error != NULL)
        fail(word, error);
    if (options.mmu != NULL)
        power_off(probe_run(module_find(&boot, options.mmu), &boot));
    const struct boot_module *module = module_choose(&boot, &options);
    memory_decide(&plan, &boot, module);
    if (!memmap_build(&map, plan.range, plan.count))
        fail("memory map", "more than 64 separate ranges of RAM");
    selftest(&map);
    if (options.selftest == SELFTEST_PANIC)
        selftest_panic(options.strategy != NULL ? options.strategy : mm_strategies[0], &map);
    if (options.selftest == SELFTEST_NULL)
        selftest_null();
    const struct run_setting setting = {.module = module,
                                        .map = &map,
                                        .slots = machine_pointer(direct_map(plan.slots)),
                                        .ram_bytes = memory_plan_ram_bytes(&plan)};
    power_off(module == NULL || strategies_run(&options, &setting));
}
