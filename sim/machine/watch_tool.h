/*
 * How a memory debugger that runs this process learns which memory may be accessed: Valgrind's
 * memcheck by client requests (Valgrind's manual, 4.7), AddressSanitizer by its poisoning interface
 * (compiler-rt, sanitizer/asan_interface.h). Both keep their state by host address. A function does
 * nothing for a tool that has no such notion.
 */
#ifndef MACHINE_WATCH_TOOL_H
#define MACHINE_WATCH_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum watch_tool { WATCH_TOOL_NONE, WATCH_TOOL_VALGRIND, WATCH_TOOL_ASAN };

/* The tool that runs this process. */
enum watch_tool watch_tool_find(void);

/* Make these bytes inaccessible; or accessible, with values that count as initialised. */
void watch_tool_close(enum watch_tool tool, void *address, size_t bytes);
void watch_tool_open(enum watch_tool tool, void *address, size_t bytes);

/* A block begins or ends there, as after malloc() and free(): it becomes accessible with unknown
   values, or inaccessible. Or its size changes. */
void watch_tool_block_begin(enum watch_tool tool, void *address, size_t bytes);
void watch_tool_block_end(enum watch_tool tool, void *address, size_t bytes);
void watch_tool_block_resize(enum watch_tool tool, void *address, size_t old_bytes, size_t bytes);

/* Which bits of accessible bytes have known values: a byte of `bits` for each. What was read can be
   written for other bytes. */
void watch_tool_read_bits(enum watch_tool tool, void *address, unsigned char *bits, size_t bytes);
void watch_tool_write_bits(enum watch_tool tool, void *address, unsigned char *bits, size_t bytes);

/* No errors are reported from `off` to the matching `on`; nests. Of Valgrind: ASan checks no
   access of code that it has not compiled. */
void watch_tool_reports_off(enum watch_tool tool);
void watch_tool_reports_on(enum watch_tool tool);

/* Each report of ASan is followed by a call of `print` with the address in question. */
void watch_tool_on_report(enum watch_tool tool, void (*print)(const void *address));

/* Print the function, file and line of the code at `pc`, like a line of a stack in ASan's reports.
 */
void watch_tool_print_pc(unsigned depth, void *pc);

#endif
