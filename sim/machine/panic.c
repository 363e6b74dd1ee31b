#include "machine/panic.h"

#include "machine/machine.h"
#include "machine/watch.h"
#include <mm/machine.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct catcher {
    sigjmp_buf jump;
    struct catcher *outer;
    uint32_t fault_depth; /* of the machine, when this catch began */
    uint32_t watch_depth;
};

static struct catcher *innermost;
static char panic_line[PANIC_LINE_BYTES];

/* Print with a single write and not through stdio: a panic may come from the trap in the middle of
   a stdio call. */
static void print_error(const char *text, const char *end)
{
    struct iovec pieces[] = {{(void *)(uintptr_t)text, strlen(text)},
                             {(void *)(uintptr_t)end, strlen(end)}};
    ssize_t written = writev(STDERR_FILENO, pieces, 2);
    (void)written;
}

void machine_log(const char *text)
{
    print_error(text, "");
}

static void write_line(const char *prefix, const char *format, va_list arguments)
{
    size_t length = strlen(prefix);

    memcpy(panic_line, prefix, length);
    vsnprintf(panic_line + length, sizeof panic_line - length, format, arguments);
}

static _Noreturn void end_run(void)
{
    if (innermost)
        siglongjmp(innermost->jump, 1);
    print_error(panic_line, "\n");
    machine_destroy(
        machine_current); /* otherwise Valgrind's search for leaks reads all of its 4 GiB */
    _exit(MACHINE_PANIC_STATUS);
}

_Noreturn void panic_raise(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line("panic: ", format, arguments);
    va_end(arguments);
    end_run();
}

_Noreturn void panic_raise_of_host(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line("", format, arguments);
    va_end(arguments);
    end_run();
}

_Noreturn void machine_panic(const char *function, const char *fact, uint32_t value)
{
    const char *place = strchr(fact, '@');

    if (place == NULL)
        panic_raise("%s: %s: 0x%x", function, fact, value);
    panic_raise("%s: %.*s0x%05x%s", function, (int)(place - fact), fact, value, place + 1);
}

const char *machine_catch_panic(void (*run)(void *context), void *context)
{
    struct catcher catcher = {.outer = innermost};

    if (machine_current)
        catcher.fault_depth = machine_current->fault_depth;
    catcher.watch_depth = watch_depth();
    innermost = &catcher;
    if (sigsetjmp(catcher.jump, 1) == 0) {
        run(context);
        innermost = catcher.outer;
        return NULL;
    }
    innermost = catcher.outer;
    if (machine_current)
        machine_current->fault_depth = catcher.fault_depth;
    watch_leave_to(catcher.watch_depth);
    return panic_line;
}
