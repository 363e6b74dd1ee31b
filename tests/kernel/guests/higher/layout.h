/*
 * Where everything is. Shared with assembly and the linker script.
 *
 *     virtual                      what
 *     0x00000000 .. 0xc0000000     nothing, once paging_init() has been called
 *     0xc0000000 +64 MiB           the direct map: physical memory from 0, as much as there is
 *         0xc0100000               the kernel; its text and constants are read-only, and the page
 *                                  below its stack is not mapped
 *     0xe0000000 ->                the heap, growing up
 *               <- 0xe0400000      buffers, growing down
 */
#ifndef HIGHER_LAYOUT_H
#define HIGHER_LAYOUT_H

#define DIRECT_MAP  0xc0000000
#define KERNEL_LOAD 0x00100000 /* physical */
#define HEAP_START  0xe0000000
#define BUFFERS_END 0xe0400000
#define PAGE_SIZE   4096
#define STACK_BYTES 8192

#endif
