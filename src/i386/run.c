#include "run.h"

#include "replay/run_json.h"
#include "serial.h"
#include "user.h"
#include <mm/machine.h>
#include <mm/strategy.h>

static const void *module_data(const struct boot_module *module)
{
    return machine_pointer(direct_map(paddr((uint32_t)module->first)));
}

static uint32_t module_bytes(const struct boot_module *module)
{
    return (uint32_t)(module->end - module->first);
}

static enum run_end trace_error(const struct boot_module *module, const char *error, size_t offset)
{
    text_put(&serial_out, "error: ");
    text_put(&serial_out, module->name);
    text_put(&serial_out, ": offset ");
    text_put_u64(&serial_out, offset);
    text_put(&serial_out, ": ");
    text_put(&serial_out, error);
    text_put(&serial_out, "\n");
    return RUN_BAD_TRACE;
}

static enum run_end run_error(const struct strategy *strategy, const char *error)
{
    text_put(&serial_out, "error: ");
    text_put(&serial_out, strategy->name);
    text_put(&serial_out, ": ");
    text_put(&serial_out, error);
    text_put(&serial_out, "\n");
    return RUN_FAILED;
}

bool run_read_header(const struct boot_module *module, struct trace_header *header)
{
    struct trace_reader reader;

    bool valid = trace_reader_init(&reader, module_data(module), module_bytes(module));
    if (valid)
        *header = reader.header;
    else
        trace_error(module, reader.error, reader.error_offset);
    return valid;
}

/* Finds the name of a site by reading the trace again: the result names only a few sites. */
struct site_search {
    uint32_t site;
    bool found;
    char name[MARK_TEXT_MAX + 1u];
};

static void site_compare(void *context, uint32_t site, const char *name, uint32_t bytes)
{
    struct site_search *search = context;

    if (site != search->site)
        return;
    for (uint32_t i = 0; i < bytes; i++)
        search->name[i] = name[i];
    search->name[bytes] = '\0';
    search->found = true;
}

static const char *site_name(void *context, uint32_t site)
{
    static struct site_search search;
    const struct boot_module *module = context;
    struct trace_reader reader;
    struct event event;

    search = (struct site_search){.site = site};
    if (!trace_reader_init(&reader, module_data(module), module_bytes(module)))
        return NULL;
    reader.on_site = site_compare;
    reader.context = &search;
    while (!search.found && trace_reader_next(&reader, &event) == TRACE_EVENT)
        continue;
    return search.found ? search.name : NULL;
}

static void result_print(const struct strategy *strategy, const struct run_setting *setting,
                         const struct replay_result *result)
{
    const struct boot_module *module = setting->module;
    struct run_names names = {.strategy = strategy->name,
                              .site = site_name,
                              .context = (void *)(uintptr_t)module,
                              .microseconds = UINT64_MAX};
    struct json json = json_to(serial_out);

    json_begin_object(&json, NULL);
    json_put_string(&json, "trace", module->name);
    json_put_u64(&json, "events", result->events);
    json_put_u64(&json, "ram_bytes", setting->ram_bytes);
    run_json_put(&json, result, &names);
    json_end_object(&json);
    text_put(&serial_out, "\ndigest ");
    text_put(&serial_out, strategy->name);
    text_put(&serial_out, " ");
    text_put_hex(&serial_out, result->digest, 16);
    text_put(&serial_out, "\n");
}

static enum run_end run_checked(const struct strategy *strategy, const struct run_setting *setting,
                                struct mm *mm)
{
    static struct replay replay;
    struct trace_reader reader;
    const char *error;
    size_t offset;

    if (!trace_reader_init(&reader, module_data(setting->module), module_bytes(setting->module)))
        return trace_error(setting->module, reader.error, reader.error_offset);
    replay_init(&replay, mm, setting->slots, &reader.header);
    if (!replay_run(&replay, &reader, &error, &offset))
        return trace_error(setting->module, error, offset);
    result_print(strategy, setting, &replay.result);
    error = mm_check(mm);
    if (error != NULL)
        return run_error(strategy, error);
    replay_free_all(&replay);
    error = mm_check(mm);
    return error == NULL ? RUN_DONE : run_error(strategy, error);
}

enum run_end run_strategy(const struct strategy *strategy, const struct run_setting *setting)
{
    static struct mm mm;

    if (!mm_init(&mm, strategy, setting->map))
        return run_error(strategy, "the memory map has no room for its metadata");
    user_page_map(&mm);
    enum run_end end = run_checked(strategy, setting, &mm);
    mm_exit(&mm);
    return end;
}
