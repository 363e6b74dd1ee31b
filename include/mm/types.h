/* Addresses and frame numbers: 32-bit values of distinct types, so that the compiler rejects code
   that mixes them. All functions here are constant time and cannot fail. */
#ifndef MM_TYPES_H
#define MM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* C++ spells these keywords differently. */
#ifdef __cplusplus
#define _Static_assert static_assert
#define _Noreturn __attribute__((noreturn))
#endif

typedef struct {
    uint32_t value;
} paddr_t; /* physical address, bytes */

typedef struct {
    uint32_t value;
} vaddr_t; /* virtual address, bytes; 0 means "none": page 0 is never mapped */

typedef struct {
    uint32_t value;
} pfn_t; /* page frame number: physical address / PAGE_SIZE */

_Static_assert(sizeof(paddr_t) == 4 && sizeof(vaddr_t) == 4 && sizeof(pfn_t) == 4,
               "addresses in simulated memory are 32 bits wide on every machine");

/* Intel SDM vol. 3A, 4.3: 4-KByte pages, and 4-MByte pages with CR4.PSE. */
#define PAGE_SHIFT       12u
#define PAGE_SIZE        (1u << PAGE_SHIFT)
#define PAGE_OFFSET_MASK (PAGE_SIZE - 1u)
#define LARGE_PAGE_SHIFT 22u
#define LARGE_PAGE_SIZE  (1u << LARGE_PAGE_SHIFT)

/* 4 GiB of physical address space, in frames. */
#define FRAMES_MAX 0x100000u

/* The largest block of pages, as MAX_ORDER-1 in Linux: 2^10 pages, 4 MiB, one large page. */
#define ORDER_MAX   10u
#define ORDER_COUNT (ORDER_MAX + 1u)
_Static_assert(PAGE_SIZE << ORDER_MAX == LARGE_PAGE_SIZE,
               "a block of order 10 is as large as a large page");

static inline paddr_t paddr(uint32_t value)
{
    return (paddr_t){value};
}

static inline vaddr_t vaddr(uint32_t value)
{
    return (vaddr_t){value};
}

static inline pfn_t pfn(uint32_t value)
{
    return (pfn_t){value};
}

#define VADDR_NONE vaddr(0)
#define PFN_NONE   pfn(UINT32_MAX)

static inline bool vaddr_is_none(vaddr_t va)
{
    return va.value == 0;
}

static inline bool pfn_is_none(pfn_t frame)
{
    return frame.value == UINT32_MAX;
}

static inline vaddr_t vaddr_add(vaddr_t va, uint32_t bytes)
{
    return vaddr(va.value + bytes);
}

static inline pfn_t pfn_add(pfn_t frame, uint32_t frames)
{
    return pfn(frame.value + frames);
}

/* Returns the frame that contains a physical address. */
static inline pfn_t paddr_to_pfn(paddr_t pa)
{
    return pfn(pa.value >> PAGE_SHIFT);
}

/* Returns the address of the first byte of a frame < FRAMES_MAX. */
static inline paddr_t pfn_to_paddr(pfn_t frame)
{
    return paddr(frame.value << PAGE_SHIFT);
}

/* Returns how many whole pages hold `bytes`; correct up to UINT32_MAX. */
static inline uint32_t bytes_to_pages(uint32_t bytes)
{
    return (bytes >> PAGE_SHIFT) + ((bytes & PAGE_OFFSET_MASK) != 0);
}

/* Rounds up to a multiple of `alignment`, a power of two. The result must not exceed 4 GiB - 1. */
static inline uint32_t align_up(uint32_t value, uint32_t alignment)
{
    return (value + alignment - 1u) & ~(alignment - 1u);
}

#endif
