/*
 * The functions that a kernel calls. They check the contract of mm.h before they call the strategy.
 * A caller's bug is a panic that names the called function, and says what the frame or block is.
 *
 * Only kfree() leaves this check to the strategy, which has to look at the block anyway.
 */
#include <mm/machine.h>
#include <mm/mm.h>
#include <mm/strategy.h>

#include "misuse.h"
#include "movable.h"
#include "owners.h"
#include "redzone.h"
#include "watched.h"

static void panic_empty(const char *call)
{
    machine_panic(call, "a request for 0 bytes", 0);
}

/* ---- blocks ---- */

/* Out of line. The attribute "used" keeps all parameters, so that kmalloc() passes its arguments on
   where they are, and the check costs two branches. */
static __attribute__((noinline, used)) vaddr_t kmalloc_refuse(struct mm *mm, uint32_t bytes,
                                                              enum page_class page_class)
{
    (void)mm;
    if (bytes == 0)
        panic_empty("kmalloc");
    machine_panic("kmalloc", "not a class of kmalloc()", page_class);
}

vaddr_t kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    if (__builtin_expect(bytes == 0 || page_class > PAGES_DMA, 0))
        return kmalloc_refuse(mm, bytes, page_class);
    if (MM_HARDENING >= HARDEN_FULL && !machine_watches_blocks())
        return redzone_kmalloc(mm, bytes, page_class);
    return mm->kmalloc(mm, bytes, page_class);
}

static void check_block(struct mm *mm, const char *call, vaddr_t block)
{
    bool watched = watched_enter();
    const char *fault = mm->strategy->block_fault(mm, block);

    watched_leave(watched);
    if (__builtin_expect(fault != NULL, 0))
        misuse_block(mm, call, block, fault);
}

vaddr_t krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    if (bytes == 0)
        panic_empty(__func__);
    if (vaddr_is_none(block))
        return kmalloc(mm, bytes, PAGES_LOW);
    check_block(mm, __func__, block);
    if (machine_watches_blocks())
        return watched_krealloc(mm, block, bytes);
    if (MM_HARDENING >= HARDEN_FULL)
        return redzone_krealloc(mm, block, bytes);
    return mm->strategy->krealloc(mm, block, bytes);
}

void kfree(struct mm *mm, vaddr_t block)
{
    if (vaddr_is_none(block))
        return;
    if (MM_HARDENING >= HARDEN_FULL && !machine_watches_blocks())
        redzone_verify(mm, block, __func__);
    mm->kfree(mm, block);
}

uint32_t ksize(struct mm *mm, vaddr_t block)
{
    check_block(mm, __func__, block);
    if (machine_watches_blocks())
        return watched_ksize(mm, block);
    if (MM_HARDENING >= HARDEN_FULL)
        return redzone_ksize(mm, block);
    return mm->strategy->ksize(mm, block);
}

/* ---- pages ---- */

/* Allocate and free pages. Both inform a memory debugger, if there is one; a machine that checks
   its TLB is informed of frees. Inlined, so that pages_alloc() and pages_free() reach the strategy
   without a further call. */
static inline pfn_t block_take(struct mm *mm, uint32_t order, enum page_class page_class,
                               enum frame_owner owner)
{
    if (machine_watches_blocks())
        return watched_pages_take(mm, order, page_class, owner);
    return pages_take(mm, order, page_class, owner);
}

static inline void block_give(struct mm *mm, pfn_t first, uint32_t order)
{
    if (machine_watches_blocks() || machine_checks_frees())
        watched_pages_give(mm, first, order);
    else
        pages_give(mm, first, order);
}

pfn_t mm_pages_take(struct mm *mm, uint32_t order, enum page_class page_class,
                    enum frame_owner owner)
{
    return block_take(mm, order, page_class, owner);
}

void mm_pages_give(struct mm *mm, pfn_t first, uint32_t order)
{
    block_give(mm, first, order);
}

pfn_t pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class)
{
    enum frame_owner owner = page_class == PAGES_USER ? OWNER_PAGES_USER : OWNER_KERNEL;

    MM_ASSERT(order <= ORDER_MAX && page_class <= PAGES_USER);
    return block_take(mm, order, page_class, owner);
}

/* Does a byte of the owner map say that a block of pages_alloc() of this order begins at its
   frame? */
static inline bool is_block_of_pages(uint32_t byte, uint32_t order)
{
    _Static_assert(OWNER_PAGES_USER == OWNER_KERNEL + 1, "one comparison finds both owners");
    return byte - (order << OWNER_ORDER_SHIFT) - OWNER_KERNEL <= 1;
}

void pages_free(struct mm *mm, pfn_t first, uint32_t order)
{
    MM_ASSERT(order <= ORDER_MAX);
    if (__builtin_expect(!is_block_of_pages(owner_read(mm, first), order), 0))
        misuse_frame(mm, __func__, first);
    block_give(mm, first, order);
}

void pages_set_movable(struct mm *mm, pfn_t first, uint32_t order, uint32_t cookie)
{
    MM_ASSERT(mm->moved != NULL && cookie < PAGES_COOKIES);
    if (order > ORDER_MAX || owner_read(mm, first) != owner_pack(OWNER_PAGES_USER, order))
        misuse_frame(mm, __func__, first);
    if (mm->strategy->pages_hold != NULL)
        mm->strategy->pages_hold(mm, first, holder_of_cookie(cookie));
}

/* ---- areas ---- */

vaddr_t vmalloc(struct mm *mm, uint32_t bytes)
{
    if (bytes == 0)
        panic_empty(__func__);
    if (machine_watches_blocks())
        return watched_vmalloc(mm, bytes);
    if (MM_HARDENING >= HARDEN_FULL)
        return redzone_vmalloc(mm, bytes);
    return mm->strategy->vmalloc(mm, bytes);
}

void vfree(struct mm *mm, vaddr_t block)
{
    if (vaddr_is_none(block))
        return;
    if (machine_watches_blocks()) {
        watched_vfree(mm, block);
        return;
    }
    if (MM_HARDENING >= HARDEN_FULL)
        redzone_verify_area(mm, block, __func__);
    mm->strategy->vfree(mm, block);
}
