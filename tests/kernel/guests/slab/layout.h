/*
 * Where everything is. Shared with assembly and the linker script.
 *
 *     virtual                      what
 *     0x08048000 +4 KiB            the program, read-only for the process
 *     0x08050000 +8 KiB            the stacks of its two threads, a page each
 *     0x10000000 ..                what it maps itself
 *     0xc0000000 +16 MiB           physical memory from 0, by pages of 4 MiB
 *     0xe0000000 +192 KiB          16 kernel stacks of 8 KiB, each above a page that is not mapped
 */
#ifndef SLAB_LAYOUT_H
#define SLAB_LAYOUT_H

#define PAGE_SIZE 4096

#define USER_TEXT   0x08048000
#define USER_STACKS 0x08050000
#define USER_MAPS   0x10000000
#define USER_END    0xc0000000

#define DIRECT_MAP    0xc0000000
#define KERNEL_LOAD   0x00100000 /* physical */
#define MEMORY_MAX    0x01000000 /* memory above is not used */
#define KERNEL_STACKS 0xe0000000
#define STACK_BYTES   8192

#endif
