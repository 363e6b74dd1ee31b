#include "support/on_machine.h"

#include <mm/mm.h>

#include <string.h>

const struct machine_options machine_unwatched = {.watch = MACHINE_WATCH_NOTHING};

/* Deactivates the memory manager of a test that panicked; it would get the page faults of the next.
 */
static void forget_manager(void)
{
    struct mm none = {.boot_directory = machine_read_cr3()};

    mm_exit(&none);
}

void on_machine(void (*body)(void))
{
    machine_destroy(machine_current);
    if (!machine_create(&machine_unwatched))
        fail_msg("%s", machine_error());
    forget_manager();
    body();
    machine_destroy(machine_current);
}

void assert_panics(void (*run)(void *context), void *context, const char *expected)
{
    const char *line = machine_catch_panic(run, context);

    if (!line)
        fail_msg("no panic; expected: %s", expected);
    else if (!strstr(line, expected))
        fail_msg("expected \"%s\" in the panic: %s", expected, line);
}

uint32_t window_read(uint32_t va)
{
    return *(volatile uint32_t *)machine_pointer(vaddr(va));
}

void window_write(uint32_t va, uint32_t value)
{
    *(volatile uint32_t *)machine_pointer(vaddr(va)) = value;
}
