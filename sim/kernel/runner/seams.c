/* The functions and variables that the parts of sim/machine need from their program. The runner has
 * neither Valgrind nor tests that catch panics. */
#include "machine/panic.h"
#include "machine/watch.h"
#include "runner/turn.h"

#include <stdarg.h>
#include <stdio.h>

struct machine *machine_current;
struct tlb machine_tlb; /* for explicit accesses, of which a guest makes none */
bool machine_watching;

bool watch_map(unsigned char *address, size_t bytes, int rights, int flags, int fd, uint64_t at)
{
    (void)address, (void)bytes, (void)rights, (void)flags, (void)fd, (void)at;
    return false;
}

void watch_frame_shown(vaddr_t va, paddr_t pa)
{
    (void)va, (void)pa;
}

_Noreturn void panic_raise(const char *format, ...)
{
    char text[CONTROL_TEXT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    turn_fail("%s", text);
}
