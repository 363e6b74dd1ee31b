/*
 * The seam: all that the memory manager asks of the machine it runs on. Each world gives these
 * services in its own <asm/machine.h> (sim/machine/include for the simulated PC in a Linux process,
 * src/i386/include for the real one), most of them as inline functions; a kernel that takes the
 * memory manager over writes a third.
 *
 * Paging is on from the first instruction: the world's boot code has loaded a page directory that
 * maps physical memory from 0 at DIRECT_MAP_BASE with writable, global 4 MiB pages (CR4.PSE).
 * All services are constant time except where said. None allocates.
 */
#ifndef MM_MACHINE_H
#define MM_MACHINE_H

#include <mm/types.h>

/* The C pointer through which a kernel virtual address is read and written. Valid while the page
   tables map it; dereferencing it is a memory access of the CPU, page fault included. */
static inline void *machine_pointer(vaddr_t va);

/* Physical address of the page directory in use; bits 0-11 are zero (Intel SDM vol. 3A, 4.3). */
static inline paddr_t machine_read_cr3(void);

/* Load a page directory: drops every TLB entry that is not global. directory is page aligned. */
static inline void machine_load_cr3(paddr_t directory);

/*
 * Drop the TLB entry of one page, global or not, and whatever the CPU keeps of directory entries
 * (Intel SDM vol. 3A, 4.10.4.1). Owed by whoever changes a present entry that CR3 leads to.
 */
static inline void machine_invlpg(vaddr_t va);

/* Drop every TLB entry, global ones too: as switching CR4.PGE off and on does. */
static inline void machine_flush_tlb(void);

/*
 * Switch the segments kseg0 and kseg1 (layout.h) on or off, which MIPS has in hardware (MIPS32
 * Architecture vol. III, 4 "Virtual Memory"): while they are on, the supervisor finds the first
 * 512 MiB of physical memory at KSEG0_BASE and again, uncached, at KSEG1_BASE, whatever page tables
 * say; an access from ring 3 is a page fault with FAULT_PRESENT. A machine with the hardware looks
 * at no table and makes no TLB entry. One without it maps them by global 4 MiB pages in the slots
 * of `directory`, the kernel's, which are the machine's while they are on: directories that other
 * address spaces have copy them.
 *
 * On: nothing was mapped there, and no flush is owed. Off: CR3 leads elsewhere, and a flush of all
 * is owed to what the TLB has of them. Who uses a line both through kseg1 and by a cached address
 * owes the write-back of the cache in between (Intel SDM vol. 3A, 11.12.4, on aliases of two memory
 * types); the simulated machine has no cache. O(KSEG_SIZE / LARGE_PAGE_SIZE).
 */
void machine_set_segments(paddr_t directory, bool on);

/*
 * Write an entry of a page table or directory, as set_pte() does in Linux: the only way in which
 * the memory manager changes one. What is owed to the TLB stays the caller's affair; a machine that
 * checks it learns here what was changed, and where in the source.
 */
#define machine_write_entry(entry, value)                                                          \
    machine_write_entry_at((entry), (value), __FILE__, __LINE__)
static inline void machine_write_entry_at(uint32_t *entry, uint32_t value, const char *file,
                                          uint32_t line);

/*
 * Frames [first, first + frames) are about to become free. The caller has invalidated before: no
 * TLB entry but those of the direct map and of the segments maps one of them, and the CPU keeps no
 * directory entry that names one. A machine that checks its TLB reports what is left. Where
 * machine_checks_frees() is false, which on a real machine is always, this does nothing.
 */
static inline void machine_frames_freed(pfn_t first, uint32_t frames);
static inline bool machine_checks_frees(void);

/* The address of the last page fault; valid inside mm_page_fault() until the next fault. */
static inline vaddr_t machine_read_cr2(void);

/* Access one byte at va as the kernel would: read it, or write back what is there. A page fault
   goes to mm_page_fault() first. false: it could not be resolved, and the access did not happen. */
static inline bool machine_touch(vaddr_t va, bool write);

/* The same from ring 3, in the address space that CR3 names: what a process does. */
static inline bool machine_user_touch(vaddr_t va, bool write);

/* Fill a frame with zeros, wherever it is: the caller's, and mapped by nobody. */
void machine_zero_frame(pfn_t frame);

/*
 * For a debugger of memory, which is told what the kernel may access. While none is there, which on
 * a real machine is always, machine_watches_blocks() is false, and nothing else below is called.
 *
 * From machine_block_allocated() to machine_block_freed() the bytes of a block belong to its owner;
 * their values are unknown at first. The other bytes of its pages belong to nobody, and neither do
 * pages after machine_pages_closed(): an access to them is reported. All other memory, and pages
 * after machine_pages_opened(), may be accessed by everyone. This holds for the addresses that are
 * named; at their other addresses, in the direct map or in kseg0, the same frames become open to
 * everyone.
 *
 * What the memory manager itself accesses between machine_manager_enters() and the matching
 * machine_manager_leaves() is never reported; they nest, and a panic leaves.
 */
static inline bool machine_watches_blocks(void);
static inline void machine_manager_enters(void);
static inline void machine_manager_leaves(void);

/* How many bytes to ask of the strategy for a block of `bytes`: these, and some behind them that
   belong to nobody, so that an access past the end of the block is reported. */
static inline uint32_t machine_block_room(uint32_t bytes);

/* A block begins: 8-byte aligned, of 1 byte or more. */
static inline void machine_block_allocated(vaddr_t block, uint32_t bytes);

/* It ends. What is not the start of a block is ignored. */
static inline void machine_block_freed(vaddr_t block);

/* How many of the `usable` bytes that the strategy gave belong to the owner. */
static inline uint32_t machine_block_usable(vaddr_t block, uint32_t usable);

/* Around a change of its size: `resized` is where it is now; none: it is as it was. The bytes that
   are kept are known as they were. */
static inline void machine_block_resizes(vaddr_t block);
static inline void machine_block_resized(vaddr_t resized, uint32_t bytes);

/* Whole pages, up to the end of 4 GiB. */
static inline void machine_pages_closed(vaddr_t start, uint32_t bytes);
static inline void machine_pages_opened(vaddr_t start, uint32_t bytes);

/* The memory manager is no more: there are no blocks, and all is open. */
static inline void machine_blocks_forget(void);

/* The caller's bug or a broken invariant: prints "panic: FUNCTION: FACT: VALUE" and does not
   return. Where the fact has an @, the value stands there instead, as the number of a frame. */
_Noreturn void machine_panic(const char *function, const char *fact, uint32_t value);

/* A line for the log of the machine (standard error; the serial line). text ends in a newline. */
void machine_log(const char *text);

#include <asm/machine.h>

/* What must hold between parts; stays on in every build. */
#define MM_ASSERT(fact)                                                                            \
    do {                                                                                           \
        if (__builtin_expect(!(fact), 0))                                                          \
            machine_panic(__func__, #fact, 0);                                                     \
    } while (0)

#endif
