/*
 * The interfaces of memory debuggers, by which they learn which memory may be accessed: client
 * requests of Valgrind's memcheck (Valgrind's manual, 4.7), and the poisoning interface of
 * AddressSanitizer (compiler-rt, sanitizer/asan_interface.h). Both keep their state by host
 * address. When a debugger does not support an operation, the function does nothing.
 */
#ifndef MACHINE_WATCH_TOOL_H
#define MACHINE_WATCH_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum watch_tool { WATCH_TOOL_NONE, WATCH_TOOL_VALGRIND, WATCH_TOOL_ASAN };

/* Returns the debugger that runs this process. */
enum watch_tool watch_tool_find(void);

/* Make bytes inaccessible; or accessible, with values that count as initialised. O(bytes). */
void watch_tool_close(enum watch_tool tool, void *address, size_t bytes);
void watch_tool_open(enum watch_tool tool, void *address, size_t bytes);

/* A block begins or ends, as after malloc() and free(): it becomes accessible with unknown values,
   or inaccessible. The third changes the size of a block. O(bytes). */
void watch_tool_block_begin(enum watch_tool tool, void *address, size_t bytes);
void watch_tool_block_end(enum watch_tool tool, void *address, size_t bytes);
void watch_tool_block_resize(enum watch_tool tool, void *address, size_t old_bytes, size_t bytes);

/* Read or write which bits of accessible bytes have known values, in one byte of `bits` for each
   byte. Bits that were read at one address can be written at another. O(bytes). */
void watch_tool_read_bits(enum watch_tool tool, void *address, unsigned char *bits, size_t bytes);
void watch_tool_write_bits(enum watch_tool tool, void *address, unsigned char *bits, size_t bytes);

/* Valgrind reports no errors between `off` and the matching `on`; pairs can nest. With ASan nothing
   is needed, because it does not check code that was compiled without it. */
void watch_tool_reports_off(enum watch_tool tool);
void watch_tool_reports_on(enum watch_tool tool);

/* Let ASan call `print` after each of its reports, with the address of the wrong access. */
void watch_tool_on_report(enum watch_tool tool, void (*print)(const void *address));

/* Print the function, file and line of the code at `pc`, in the form of a stack's line in ASan's
   reports. */
void watch_tool_print_pc(unsigned depth, void *pc);

#endif
