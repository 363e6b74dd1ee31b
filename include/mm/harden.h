/*
 * The hardening level: how much the memory manager checks its callers and its own memory. It is a
 * constant of the build, like the levels of Zephyr's sys_heap (lib/heap/Kconfig,
 * SYS_HEAP_HARDENING). `make HARDENING=none|fast|full` sets it; a kernel that copies the sources
 * defines MM_HARDENING. The code tests the level by an ordinary `if`, so every build compiles the
 * code of every level, and disabled checks cost nothing.
 *
 *                                         none   fast   full
 *   asserts of headers' preconditions     yes    yes    yes
 *   a free checks its argument            -      yes    yes
 *   red zones behind blocks               -      -      yes
 *   freed memory is filled, and checked   -      -      yes
 *   links are verified before use         -      -      yes
 *   checksums of words that rarely change -      -      yes
 *
 * HARDEN_NONE
 *     A free trusts its caller. A double free, a pointer into a block or a smashed header
 *     may be found by a later check, or not at all. This level is for a kernel that has
 *     been tested at the other levels.
 * HARDEN_FAST
 *     The default. A free panics if its argument is not the start of a live block.
 * HARDEN_FULL
 *     The memory manager also panics at these errors:
 *     - a write to the REDZONE_BYTES behind a block: when the block is freed or resized;
 *     - a write to a free block, object or frame: when that memory is allocated again or
 *       becomes part of a larger free piece;
 *     - a changed bit in a header, a link or a map: when it is used. mm_check() reports it
 *       before.
 *     ksize() returns the requested size. A request takes REDZONE_ROOM_BYTES more, so a
 *     strategy with size classes needs more memory, and its largest block is smaller by
 *     that much.
 *
 * bench/README.md, "Hardening", has the measured costs. The level does not change the layout of
 * memory, so a checker of any level can check an image. Addresses and digests are the same with
 * `none` and `fast`, and differ with `full`.
 */
#ifndef MM_HARDEN_H
#define MM_HARDEN_H

enum mm_hardening { HARDEN_NONE, HARDEN_FAST, HARDEN_FULL };

#ifndef MM_HARDENING
#define MM_HARDENING HARDEN_FAST
#endif

/* The red zone follows the requested bytes. It extends to the end of the block, but has at most
   REDZONE_BYTES. The last two words of the block hold the position at which the red zone begins. */
#define REDZONE_BYTES      64u
#define REDZONE_ROOM_BYTES 24u

#endif
