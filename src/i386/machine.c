/* The services of the seam that are not a single instruction. */
#include <mm/machine.h>

#include "power.h"
#include "serial.h"

_Noreturn void machine_panic(const char *function, const char *fact, uint32_t value)
{
    text_put(&serial_out, "panic: ");
    text_put(&serial_out, function);
    text_put(&serial_out, ": ");
    text_put(&serial_out, fact);
    serial_put_fact(": ", value);
    text_put(&serial_out, "\n");
    power_off(false);
}

void machine_log(const char *text)
{
    text_put(&serial_out, text);
}
