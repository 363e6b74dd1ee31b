#include "console.h"

#include "cpu.h"

#include <stdarg.h>

#define COM1          0x3f8
#define COM1_IER      (COM1 + 1)
#define COM1_LCR      (COM1 + 3)
#define COM1_LSR      (COM1 + 5)
#define LCR_8_BITS    0x03
#define LCR_DIVISOR   0x80
#define LSR_CAN_SEND  0x20
#define PORT_EXIT     0xf4
#define DECIMAL_CHARS 10 /* of 4294967295 */

void console_init(void)
{
    outb(COM1_IER, 0);
    outb(COM1_LCR, LCR_DIVISOR);
    outb(COM1, 1); /* 115200 / 1 */
    outb(COM1 + 1, 0);
    outb(COM1_LCR, LCR_8_BITS);
}

void console_putc(char c)
{
    while (!(inb(COM1_LSR) & LSR_CAN_SEND))
        ;
    outb(COM1, (uint8_t)c);
}

static void put_text(const char *text)
{
    while (*text)
        console_putc(*text++);
}

static void put_decimal(uint32_t value)
{
    char digits[DECIMAL_CHARS];
    unsigned n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n > 0)
        console_putc(digits[--n]);
}

static void put_hexadecimal(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        console_putc("0123456789abcdef"[value >> shift & 15]);
}

void kprintf(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%') {
            console_putc(*format);
            continue;
        }
        switch (*++format) {
        case 's':
            put_text(va_arg(arguments, const char *));
            break;
        case 'c':
            console_putc((char)va_arg(arguments, int));
            break;
        case 'u':
            put_decimal(va_arg(arguments, uint32_t));
            break;
        case 'x':
            put_hexadecimal(va_arg(arguments, uint32_t));
            break;
        default:
            console_putc(*format);
        }
    }
    va_end(arguments);
}

static _Noreturn void halt(void)
{
    for (;;) {
        cli();
        hlt();
    }
}

_Noreturn void panic(const char *message)
{
    cli();
    kprintf("panic: %s\n", message);
    halt();
}

_Noreturn void machine_exit(unsigned value)
{
    outl(PORT_EXIT, value);
    halt();
}
