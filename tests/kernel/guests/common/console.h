/* The serial line, and the end of the run. */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

/* To be called first: 115200 baud, 8 bits, no interrupts. */
void console_init(void);

/* Waits until the line is ready, then sends. "\n" is sent as it is. */
void console_putc(char c);

/* Formats: %s, %c, %u (decimal) and %x (8 hexadecimal digits). */
__attribute__((format(printf, 1, 2))) void kprintf(const char *format, ...);

/* Prints "panic: MESSAGE" and stops the processor for good. */
_Noreturn void panic(const char *message);

/* Ends QEMU, by its isa-debug-exit. Halts where there is no such device. */
_Noreturn void machine_exit(unsigned value);

#endif
