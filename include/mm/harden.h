/*
 * How far the memory manager mistrusts its callers and its own memory: a constant of the build, as
 * Zephyr's sys_heap has levels (lib/heap/Kconfig, SYS_HEAP_HARDENING). `make HARDENING=none|fast|
 * full` gives it; a kernel that takes the sources home defines MM_HARDENING for them. Code asks by
 * an ordinary `if`, so every level is compiled in every build, and what is off costs nothing.
 *
 *                                         none   fast   full
 *   asserts of headers' preconditions     yes    yes    yes
 *   a free looks at what it is given      -      yes    yes
 *   red zones behind blocks               -      -      yes
 *   freed memory is filled, and checked   -      -      yes
 *   links are verified, then followed     -      -      yes
 *   checksums of words that rarely change -      -      yes
 *
 * HARDEN_NONE
 *     A free believes its caller. A double free, a pointer into a block and a smashed
 *     header are not seen: the next check may find them, or nothing does. For a kernel that
 *     has been tested at the levels above.
 * HARDEN_FAST
 *     The default. A free panics on what is not the start of a live block.
 * HARDEN_FULL
 *     Errors are noticed at the latest
 *     - when a block is freed or resized: a write to the REDZONE_BYTES behind it;
 *     - when memory is handed out again, or given back in a larger piece: a write to it
 *       while it was free: a block, an object or a frame;
 *     - when it is used, or by mm_check(): a changed bit in a header, a link or a map.
 *     ksize() is then what was asked for. Requests take REDZONE_ROOM_BYTES more, so a
 *     strategy whose sizes come in steps needs more memory, and its largest block is that
 *     much shorter.
 *
 * The costs are measured: bench/README.md, "Hardening". The level changes no layout: the bytes of
 * an image can be looked at by a checker of any level. Addresses, and so digests, of `none` and
 * `fast` are the same; those of `full` differ.
 */
#ifndef MM_HARDEN_H
#define MM_HARDEN_H

enum mm_hardening { HARDEN_NONE, HARDEN_FAST, HARDEN_FULL };

#ifndef MM_HARDENING
#define MM_HARDENING HARDEN_FAST
#endif

/* Behind the bytes that were asked for: the red zone, as far as the block reaches, but at most so
   much; and at the block's end two words that say where the red zone begins. */
#define REDZONE_BYTES      64u
#define REDZONE_ROOM_BYTES 24u

#endif
