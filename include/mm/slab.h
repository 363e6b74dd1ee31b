/*
 * kmalloc() from slabs, after Linux (mm/slub.c) and J. Bonwick, "The Slab Allocator" (USENIX 1994).
 * Each size class has a cache of slabs. A slab is 1 to 8 contiguous frames, divided into objects of
 * one size. Larger blocks are 2^order contiguous frames. Named caches serve parts of the kernel
 * that have many objects of one size.
 *
 *     kmalloc(100) -> cache 128 -> its magazine: addresses of at most 92 free objects, last in,
 *                                      |         first out
 *                                      |  refilled when empty, half of it flushed when full
 *                                  its slabs; those with a free object are on a list
 *
 * The allocator never reads or writes an object (except with HARDEN_FULL). Each address at which an
 * object may start has a bit, the live bit, which is set while the object is live:
 *
 *     objects of a multiple of 64 bytes   a bit for 64 bytes, 8 bytes a frame, beside the slab
 *     others, all of them small           a bit for 8 bytes, in the last 64 of the page itself;
 *                                         a slab is one frame
 *
 * So a free of any other address than the start of a live object panics at once: a double free, a
 * pointer into an object, a foreign pointer.
 *
 * A slab whose objects are all free returns to the frame allocator at once. The free objects in a
 * magazine keep their slabs, so that alternating calls do not allocate and free frames each time.
 * But an idle cache shall not keep them: after a kmalloc() that made a slab, or a kfree() that gave
 * slabs back, one cache is looked at, each in turn. If its magazine has as many objects as when it
 * was looked at before, it returns SLAB_TRIM of them to their slabs. When frames are short,
 * slabs_gather() and slabs_release() return the slabs of all magazines.
 *
 * Frames come from mm_pages_take() and return to mm_pages_give() (strategy.h). They lie in the
 * range that slabs_init() gets.
 *
 * Metadata: SLABS_FRAME_BYTES for each frame, and struct slabs. Every function is constant time
 * except where its comment says otherwise. The worst kmalloc() of an object refills the magazine:
 * it reads at most SLAB_MAP_WORDS words of each of SLAB_MAGAZINE / 2 slabs, or it makes one slab
 * and trims an idle cache. The worst kfree() flushes the older half of the magazine, gives back at
 * most as many slabs, and trims an idle cache. A cache that is trimmed gives back at most SLAB_TRIM
 * slabs. The size of memory does not matter to either, except that an allocation which finds no
 * free frames returns the slabs of all magazines (slabs_gather(), slabs_release()). `make
 * bench-worst` counts the instructions.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include <mm/mm.h>

#define SLAB_CLASSES      13u /* 8 16 32 64 96 128 192 256 512 1024 2048 4096 8192 bytes */
#define SLAB_GRANULE      8u  /* object sizes are multiples of it */
#define SLAB_OBJECT_MAX   8192u
#define SLAB_BLOCK_MAX    (PAGE_SIZE << ORDER_MAX) /* the largest block of kmalloc(): 4 MiB */
#define SLAB_ORDER_MAX    3u
#define SLAB_OBJECTS_GOOD 8u /* a slab is no larger than this many objects need */
#define SLAB_MAGAZINE     92u
#define SLAB_TRIM         8u  /* an idle cache returns so many objects at a time */
#define SLAB_MAP_WORDS    16u /* at most this many words of live bits in a slab */
#define SLAB_NAMED_MAX    32u
#define SLAB_NAME_BYTES   28u
#define SLAB_CACHES       (1u + 2u * SLAB_CLASSES + SLAB_NAMED_MAX)
#define SLABS_FRAME_BYTES 21u
_Static_assert(SLAB_CACHES <= 256u, "the index of a cache fits a byte");

/* A free object in a magazine. */
struct slab_place {
    uint32_t object; /* its address */
    uint32_t word;   /* the address of the word with its live bit */
};

struct slab_cache {
    uint32_t count;     /* objects in the magazine */
    uint32_t limit;     /* capacity of the magazine */
    uint32_t map_base;  /* where the live bits are: slab_layout.h */
    uint32_t map_gap;   /* bytes between the bits of one frame and of the next */
    uint32_t map_shift; /* a bit stands for 2^map_shift bytes */
    uint32_t map_units; /* units of 2^map_shift bytes in all frames */
    uint32_t object_bytes;
    uint32_t partial;    /* list of slabs that have free objects: the first address; 0: none */
    uint32_t empty;      /* list of slabs that slabs_gather() found empty; 0: none */
    uint32_t frames;     /* frames of all slabs */
    uint32_t page_class; /* enum page_class of the frames */
    uint16_t capacity[SLAB_ORDER_MAX + 1u]; /* objects in a slab of each order */
    uint8_t order;                          /* preferred order of a slab */
    uint8_t order_least; /* order if there is no contiguous block of the preferred order */
    uint8_t index;
    uint8_t in_use;                  /* 1: a cache of kmalloc(), or a named cache that exists */
    char name[SLAB_NAME_BYTES];      /* truncated, ends in 0 */
    uint32_t starts[SLAB_MAP_WORDS]; /* the bits of a slab at which its objects start */
    struct slab_place magazine[SLAB_MAGAZINE];
    uint32_t seal;         /* HARDEN_FULL (seal.h): checksum of the constant members */
    uint32_t tally;        /* HARDEN_FULL: checksum of the magazine and count */
    uint32_t count_before; /* `count` when the cache was last looked at (slab.c) */
    uint32_t unused[32];   /* fills the struct up to a power of two */
};
_Static_assert(sizeof(struct slab_cache) == 1024,
               "the layout in simulated memory is the same on every machine, and an index becomes "
               "an offset by a shift");

struct slabs {
    struct slab_cache cache[SLAB_CACHES]; /* [0] has no object; of LOW, of DMA, named ones */
    uint32_t trimmed;                     /* the index of the cache that was looked at last */
    uint32_t start;                       /* address of the first frame that slabs may use */
    uint32_t first;                       /* number of that frame */
    uint32_t frames;                      /* how many frames slabs may use */
    uint32_t caches;                      /* uint8_t[frames]: index of the cache; 0: no slab */
    uint32_t maps;                        /* uint32_t[frames][2]: a live bit for each 64 bytes */
    uint32_t infos;                       /* struct slab_frame[frames] */
    uint32_t slab_frames;
    uint32_t large_frames;            /* frames of blocks larger than any object */
    uint32_t empty_frames[ZONE_HIGH]; /* [zone]: frames of the slabs on the lists `empty` */
    uint8_t class_of[SLAB_OBJECT_MAX /
                     SLAB_GRANULE]; /* for PAGES_LOW: cache of the sizes (8i, 8i + 8] */
    uint32_t seal;        /* HARDEN_FULL: checksum of class_of and of the addresses of the arrays */
    uint32_t places_seal; /* HARDEN_FULL: checksum of the addresses alone */
};
_Static_assert(sizeof(struct slabs) ==
                   52 + SLAB_OBJECT_MAX / SLAB_GRANULE + SLAB_CACHES * sizeof(struct slab_cache),
               "the layout in simulated memory is the same on every machine");

/* Returns the bytes of metadata for slabs of `frames` frames. */
uint32_t slabs_bytes(uint32_t frames);

/*
 * Makes empty caches. Slabs use the frames [low.start, low.end), which lie below HIGH. The caller
 * gives `arrays`: slabs_bytes() of that number of frames, page aligned; they need not be cleared.
 * base is the address at which kmalloc() sees physical address 0; it panics if base is no multiple
 * of LARGE_PAGE_SIZE. O(frames).
 */
void slabs_init(struct slabs *slabs, vaddr_t arrays, vaddr_t base, struct frame_range low);

/* ---- kmalloc() ---- */

/* Does kmalloc() of mm.h. The block is physically contiguous, and aligned to the largest power of
   two that divides the size of its objects, at least 8. Returns VADDR_NONE with a cause of
   pages_alloc(), or with unsupported if bytes > SLAB_BLOCK_MAX. */
vaddr_t slab_kmalloc(struct mm *mm, struct slabs *slabs, uint32_t bytes,
                     enum page_class page_class);

/* Does krealloc() of mm.h. The block stays in place if the new size fits into ksize() bytes; a
   block of whole frames then frees the halves that it no longer needs. A block that moves stays in
   its page class. */
vaddr_t slab_krealloc(struct mm *mm, struct slabs *slabs, vaddr_t block, uint32_t bytes);

/* Do kfree() and ksize() of mm.h for any live block or object, and panic in the names of these. */
void slab_kfree(struct mm *mm, struct slabs *slabs, vaddr_t block);
uint32_t slab_ksize(const struct mm *mm, const struct slabs *slabs, vaddr_t block);

/* Returns NULL if block is the start of a live block or object; else the fact for the panic of
   kfree(). */
const char *slab_block_fault(const struct mm *mm, const struct slabs *slabs, vaddr_t block);

/* ---- caches with a name ---- */

/*
 * Creates a cache for objects of `bytes`, 1 to SLAB_OBJECT_MAX, aligned to at least 8 and to
 * `alignment`, a power of two up to PAGE_SIZE. Sizes from 512 bytes are rounded up to a multiple of
 * 64. The name is copied. Returns NULL if there are SLAB_NAMED_MAX named caches already. Panics if
 * bytes or alignment is out of range. O(SLAB_NAMED_MAX).
 */
struct slab_cache *slab_cache_create(struct slabs *slabs, const char *name, uint32_t bytes,
                                     uint32_t alignment);

/* Returns an object; VADDR_NONE with a cause of pages_alloc() if there is no frame for a slab. */
vaddr_t slab_alloc(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* Frees an object. Panics if it is not a live object of this cache. */
void slab_free(struct mm *mm, struct slabs *slabs, struct slab_cache *cache, vaddr_t object);

/* Frees all slabs of a cache that have no live object. O(slabs freed). */
void slab_cache_shrink(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* Destroys a cache and frees its slabs. Panics if it has a live object. O(slabs). */
void slab_cache_destroy(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* Returns the slabs of kmalloc(). The strategy must be `zoned` or `kseg0`. */
struct slabs *zoned_slabs(struct mm *mm);

/* ---- for the strategy ---- */

/* Returns the bytes of all slabs and large blocks. */
static inline uint32_t slabs_span_bytes(const struct slabs *slabs)
{
    return (slabs->slab_frames + slabs->large_frames) << PAGE_SHIFT;
}

/* Empties the magazines, so that slabs->empty_frames[zone] counts all frames of slabs without live
   objects. It frees no frame. O(caches * magazine). */
void slabs_gather(struct mm *mm, struct slabs *slabs);

/* Frees the slabs that slabs_gather() found empty. O(slabs freed). */
void slabs_release(struct mm *mm, struct slabs *slabs);

/* Tells if slabs_release() would make a free block of 2^order frames in `zone`. is_free() tells
   which frames are free now. O(empty slabs * 2^order) at worst: the search of a block stops at the
   first frame that is neither free nor in an empty slab. */
bool slabs_release_makes(const struct slabs *slabs, uint32_t order, enum zone zone,
                         bool (*is_free)(const void *frames, pfn_t frame), const void *frames);

/* Returns the violated rule, or NULL. O(frames + objects in magazines * slabs of their caches). */
__attribute__((warn_unused_result)) const char *slabs_check(const struct mm *mm,
                                                            const struct slabs *slabs);

#endif
