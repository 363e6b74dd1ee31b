/*
 * The interface between the memory manager and the machine that it runs on: all services that the
 * memory manager uses. Each machine defines them in its own <asm/machine.h>, most of them as inline
 * functions: sim/machine/include has those of the simulated PC in a Linux process, src/i386/include
 * those of the real PC. A kernel that adopts the memory manager writes a third.
 *
 * Paging is enabled before the first call: the machine's boot code has loaded a page directory that
 * maps physical memory from 0 at DIRECT_MAP_BASE with writable, global 4 MiB pages (CR4.PSE). Every
 * service takes constant time except where its comment says otherwise. No service allocates memory.
 * A service fails or panics only where its comment says so.
 */
#ifndef MM_MACHINE_H
#define MM_MACHINE_H

#include <mm/types.h>

/* Returns the C pointer through which the kernel reads and writes a virtual address. It is valid
   while the page tables map the address. Dereferencing it is a memory access of the CPU, and may
   cause a page fault. */
static inline void *machine_pointer(vaddr_t va);

/* Returns the physical address of the page directory in use. Bits 0-11 are zero (Intel SDM vol. 3A,
   4.3). */
static inline paddr_t machine_read_cr3(void);

/* Loads a page directory, whose address is page aligned, and flushes all TLB entries that are not
   global. */
static inline void machine_load_cr3(paddr_t directory);

/* Invalidates the TLB entry of one page, global or not, and the CPU's cached directory entries
   (Intel SDM vol. 3A, 4.10.4.1). The caller that changes a present entry of the current address
   space must call it. */
static inline void machine_invlpg(vaddr_t va);

/* Does machine_invlpg() for a number of pages that follow one another. */
static inline void machine_invlpg_pages(vaddr_t start, uint32_t pages);

/* Flushes the whole TLB, including global entries, as clearing and setting CR4.PGE does. */
static inline void machine_flush_tlb(void);

/*
 * Switches the segments kseg0 and kseg1 (layout.h) on or off, which are part of the MIPS
 * architecture (MIPS32 Architecture vol. III, 4 "Virtual Memory"). While they are on, the
 * supervisor sees the first 512 MiB of physical memory at KSEG0_BASE and again, uncached, at
 * KSEG1_BASE, whatever the page tables contain. An access from ring 3 is a page fault with
 * FAULT_PRESENT.
 *
 * A machine that has segments in hardware reads no page table and fills no TLB entry for them. A
 * machine that has none maps the segments by global 4 MiB pages in the kernel's directory,
 * `directory`. The machine owns these directory entries while the segments are on, and the
 * directories of other address spaces copy them.
 *
 * Switching on needs no flush, because nothing was mapped at these addresses. Switching off: the
 * caller has loaded another directory into CR3 before, and must call machine_flush_tlb() after. A
 * caller that uses a cache line both through kseg1 and through a cached address must write back the
 * cache in between (Intel SDM vol. 3A, 11.12.4, on aliases of two memory types); the simulated
 * machine has no cache. O(KSEG_SIZE / LARGE_PAGE_SIZE).
 */
void machine_set_segments(paddr_t directory, bool on);

/* Writes an entry of a page table or directory, as set_pte() does in Linux. The memory manager
   changes entries only by this function. The caller must invalidate a changed entry that was
   present. A machine that checks its TLB records the change and its source line. */
#define machine_write_entry(entry, value)                                                          \
    machine_write_entry_at((entry), (value), __FILE__, __LINE__)
static inline void machine_write_entry_at(uint32_t *entry, uint32_t value, const char *file,
                                          uint32_t line);

/*
 * Reports that the frames [first, first + frames) are about to become free. The caller has
 * invalidated before: only TLB entries of the direct map and of the segments map one of the frames,
 * and no cached directory entry names one. A machine that checks its TLB reports each stale entry.
 * Where machine_checks_frees() is false, as it always is on a real machine, this does nothing.
 */
static inline void machine_frames_freed(pfn_t first, uint32_t frames);
static inline bool machine_checks_frees(void);

/* Returns the address of the last page fault. It is valid inside mm_page_fault() until the next
   fault. */
static inline vaddr_t machine_read_cr2(void);

/* Accesses one byte at va as the kernel: reads it, or writes it back unchanged. A page fault
   calls mm_page_fault(). Returns false if the fault was not resolved; the access has then not
   happened. */
static inline bool machine_touch(vaddr_t va, bool write);

/* Does the same from ring 3, as a process does, in the current address space. */
static inline bool machine_user_touch(vaddr_t va, bool write);

/* A hint: the manager is about to write to each page of [start, start + bytes), which are mapped. A
   simulated machine then shows the pages to the host at once, which costs less than a trap for
   each. A real machine does nothing. */
static inline void machine_will_write(vaddr_t start, uint32_t bytes);

/* Fills a frame, in any zone, with zeros. The caller owns it, and no page table maps it.
   O(PAGE_SIZE). */
void machine_zero_frame(pfn_t frame);

/*
 * The following functions inform a memory debugger which memory the kernel may access. Where no
 * debugger is attached, as always on a real machine, machine_watches_blocks() returns false, and
 * no other function up to machine_blocks_forget() is called.
 *
 * From machine_block_allocated() to machine_block_freed() the bytes of a block belong to its owner;
 * their values are undefined at first. An access to the other bytes of the pages that hold blocks
 * is reported, and so is an access to pages after machine_pages_closed(). Every access to other
 * memory, and to pages after machine_pages_opened(), is allowed. The rules hold for the virtual
 * addresses that are passed. The same frames may be accessed freely at their other addresses, in
 * the direct map or in kseg0.
 *
 * Accesses of the memory manager itself between machine_manager_enters() and the matching
 * machine_manager_leaves() are never reported. The calls nest, and a panic leaves all of them.
 */
static inline bool machine_watches_blocks(void);
static inline void machine_manager_enters(void);
static inline void machine_manager_leaves(void);

/* Returns how many bytes to request from the strategy for a block of `bytes`: the block and a red
   zone behind it, so that an access past the end of the block is reported. */
static inline uint32_t machine_block_room(uint32_t bytes);

/* Marks a block as allocated. It is 8-byte aligned and has at least 1 byte. */
static inline void machine_block_allocated(vaddr_t block, uint32_t bytes);

/* Marks a block as freed. An address that is not the start of a block is ignored. */
static inline void machine_block_freed(vaddr_t block);

/* Returns how many of the `usable` bytes that the strategy gave belong to the owner of the
   block. */
static inline uint32_t machine_block_usable(vaddr_t block, uint32_t usable);

/* Enclose a change of a block's size. `resized` is the block's new address; VADDR_NONE if the
   resize failed and the block is unchanged. The bytes that are kept stay defined or undefined as
   they were. */
static inline void machine_block_resizes(vaddr_t block);
static inline void machine_block_resized(vaddr_t resized, uint32_t bytes);

/* Close or open whole pages. The range may end at the end of 4 GiB. */
static inline void machine_pages_closed(vaddr_t start, uint32_t bytes);
static inline void machine_pages_opened(vaddr_t start, uint32_t bytes);

/* Forgets all blocks and opens all memory, because the memory manager has ended. */
static inline void machine_blocks_forget(void);

/* Reports a bug of the caller or a broken invariant: prints "panic: FUNCTION: FACT: VALUE" and does
   not return. If the fact contains an @, the value replaces the @, as the number of a frame. */
_Noreturn void machine_panic(const char *function, const char *fact, uint32_t value);

/* Writes a line to the log of the machine: standard error, or the serial line. text ends in a
   newline. */
void machine_log(const char *text);

#include <asm/machine.h>

/* Panics if the fact does not hold. Every build checks it. */
#define MM_ASSERT(fact)                                                                            \
    do {                                                                                           \
        if (__builtin_expect(!(fact), 0))                                                          \
            machine_panic(__func__, #fact, 0);                                                     \
    } while (0)

#endif
