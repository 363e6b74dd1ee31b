/*
 * Where everything is. Shared with assembly and the linker script.
 *
 *     virtual                            physical               rights
 *     0x00000000 code, stack, heap       frames of the process  user
 *     0x80000000 +1 MiB                  0x00000000             kernel, read and write
 *     0x80100000 text, constants         0x00100000             kernel, read only
 *     data .. 0x81000000                 data .. 16 MiB         kernel, read and write
 */
#ifndef LOW_LAYOUT_H
#define LOW_LAYOUT_H

#define KERNBASE 0x80000000
#define KERNLOAD 0x00100000 /* physical */
#define PHYSTOP  0x01000000 /* memory above is not used */
#define PGSIZE   4096

#endif
