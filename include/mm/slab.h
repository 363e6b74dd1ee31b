/*
 * kmalloc() over slabs, after Linux's (mm/slub.c) and J. Bonwick, "The Slab Allocator" (USENIX
 * 1994). Each class of sizes has a cache of slabs; a slab is 1 to 8 contiguous frames, cut into
 * objects of one size. Larger blocks are 2^order contiguous frames. Named caches serve parts of the
 * kernel that have many objects of one size.
 *
 *     kmalloc(100) -> cache 128 -> its magazine: addresses of at most 92 free objects, last in,
 *                                      |         first out
 *                                      |  refilled when empty, half of it flushed when full
 *                                  its slabs; those with a free object are on a list
 *
 * No object is ever read or written by the allocator. A bit for each address at which an object may
 * start is set while the object is live:
 *
 *     objects of a multiple of 64 bytes   a bit for 64 bytes, 8 bytes a frame, beside the slab
 *     others, all of them small           a bit for 8 bytes, in the last 64 of the page itself;
 *                                         a slab is one frame
 *
 * So freeing anything but the start of a live object panics at once: a double free, a pointer into
 * an object, a pointer from elsewhere.
 *
 * A slab whose objects are all free goes back to the frame allocator at once. The free objects in a
 * magazine keep their slabs, so that single calls do not take and give frames each time; when
 * frames run short, slabs_gather() and slabs_release() give these slabs back, too.
 *
 * Frames come from mm_pages_take() and go back to mm_pages_give() (strategy.h). They lie in the
 * range that slabs_init() is given.
 *
 * Metadata: SLABS_FRAME_BYTES a frame, and struct slabs. Constant time except where said.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include <mm/mm.h>

#define SLAB_CLASSES      13u /* 8 16 32 64 96 128 192 256 512 1024 2048 4096 8192 bytes */
#define SLAB_GRANULE      8u  /* objects have a multiple of it */
#define SLAB_OBJECT_MAX   8192u
#define SLAB_BLOCK_MAX    (PAGE_SIZE << ORDER_MAX) /* kmalloc()'s largest: 4 MiB */
#define SLAB_ORDER_MAX    3u
#define SLAB_OBJECTS_GOOD 8u /* a slab is no larger than it takes to have so many */
#define SLAB_MAGAZINE     92u
#define SLAB_MAP_WORDS    16u /* a slab's bits at most */
#define SLAB_NAMED_MAX    32u
#define SLAB_NAME_BYTES   28u
#define SLAB_CACHES       (1u + 2u * SLAB_CLASSES + SLAB_NAMED_MAX)
#define SLABS_FRAME_BYTES 21u
_Static_assert(SLAB_CACHES <= 256u, "a byte names a cache");

struct slab_cache {
    uint32_t count;     /* of the magazine */
    uint32_t limit;     /* how many it may hold */
    uint32_t map_base;  /* where the bits are: slab_layout.h */
    uint32_t map_gap;   /* bytes from the end of a frame's bits to the next frame's */
    uint32_t map_shift; /* a bit stands for 2^map_shift bytes */
    uint32_t map_mask;  /* 2^map_shift - 1: an object's address has none of these bits */
    uint32_t object_bytes;
    uint32_t partial;    /* first address of a slab that has free objects, of a list; 0: none */
    uint32_t empty;      /* of a slab that slabs_gather() found empty, of a list; 0: none */
    uint32_t frames;     /* of all its slabs */
    uint32_t page_class; /* enum page_class: where they come from */
    uint16_t capacity[SLAB_ORDER_MAX + 1u]; /* objects in a slab of that order */
    uint8_t order;                          /* of its slabs, when the frames are contiguous; */
    uint8_t order_least;                    /* else this one */
    uint8_t index;
    uint8_t in_use;                  /* kmalloc()'s, or created and not destroyed */
    char name[SLAB_NAME_BYTES];      /* cut to fit, ends in 0 */
    uint32_t starts[SLAB_MAP_WORDS]; /* of a slab's bits, those of its objects */
    uint32_t magazine[SLAB_MAGAZINE];
    uint32_t words[SLAB_MAGAZINE]; /* of each in the magazine: address of the word with its bit */
    uint32_t seal;                 /* HARDEN_FULL (seal.h): of what never changes; */
    uint32_t tally;                /* and of what is in the magazine, and count */
    uint32_t unused[33];           /* up to a power of two */
};
_Static_assert(
    sizeof(struct slab_cache) == 1024,
    "the same in simulated memory on every machine; and an index leads there by a shift");

struct slabs {
    struct slab_cache cache[SLAB_CACHES]; /* [0] has nothing; LOW's, DMA's, named ones */
    uint32_t start;                       /* address of the first frame that may be a slab's, */
    uint32_t first;                       /* its number, */
    uint32_t frames;                      /* and how many may be */
    uint32_t caches;                      /* uint8_t[frames]: index of the cache; 0: no slab's */
    uint32_t maps;                        /* uint32_t[frames][2]: a bit for 64 bytes */
    uint32_t infos;                       /* struct slab_frame[frames] */
    uint32_t slab_frames;
    uint32_t large_frames;                                 /* of blocks larger than any object */
    uint32_t empty_frames[ZONE_HIGH];                      /* of the slabs on the lists `empty` */
    uint8_t class_of[SLAB_OBJECT_MAX / SLAB_GRANULE + 4u]; /* granules to cache, of PAGES_LOW */
    uint32_t seal;        /* HARDEN_FULL: of class_of, and of where the arrays are; */
    uint32_t places_seal; /* and of these alone */
};
_Static_assert(sizeof(struct slabs) == 48 + SLAB_OBJECT_MAX / SLAB_GRANULE + 4u +
                                           SLAB_CACHES * sizeof(struct slab_cache),
               "the same in simulated memory on every machine");

/* Bytes of metadata for slabs of `frames` frames. */
uint32_t slabs_bytes(uint32_t frames);

/*
 * Nothing is allocated. Slabs lie in [low.start, low.end), below HIGH. arrays: the caller's,
 * slabs_bytes() of so many frames, page aligned, not cleared. base: where physical address 0 is
 * mapped for kmalloc(), a multiple of LARGE_PAGE_SIZE. O(frames)
 */
void slabs_init(struct slabs *slabs, vaddr_t arrays, vaddr_t base, struct frame_range low);

/* ---- kmalloc() ---- */

/*
 * kmalloc() of mm.h. The block is physically contiguous, and aligned to the largest power of two
 * that divides its size, at least 8. VADDR_NONE: the causes of pages_alloc(), or unsupported (bytes
 * > SLAB_BLOCK_MAX).
 */
vaddr_t slab_kmalloc(struct mm *mm, struct slabs *slabs, uint32_t bytes,
                     enum page_class page_class);

/* krealloc() of mm.h. The block stays where it is while ksize() has room; a block of whole frames
   gives back the halves that it no longer needs. A block that moves keeps its class. */
vaddr_t slab_krealloc(struct mm *mm, struct slabs *slabs, vaddr_t block, uint32_t bytes);

/* kfree() and ksize() of mm.h, for any live block or object. Both panic in the name of these. */
void slab_kfree(struct mm *mm, struct slabs *slabs, vaddr_t block);
uint32_t slab_ksize(const struct mm *mm, const struct slabs *slabs, vaddr_t block);

/* NULL when block is the start of a live block or object; else the fact that kfree() would name. */
const char *slab_block_fault(const struct mm *mm, const struct slabs *slabs, vaddr_t block);

/* ---- caches with a name ---- */

/*
 * A cache for objects of `bytes`, 1 to SLAB_OBJECT_MAX, aligned to `alignment`, a power of two up
 * to PAGE_SIZE, and to 8. From 512 bytes up objects take a multiple of 64 bytes. The name is
 * copied. NULL: there are SLAB_NAMED_MAX. Panics on other sizes or alignments.
 */
struct slab_cache *slab_cache_create(struct slabs *slabs, const char *name, uint32_t bytes,
                                     uint32_t alignment);

/* Returns an object, or VADDR_NONE with a cause of pages_alloc(). */
vaddr_t slab_alloc(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* Frees an object. Panics on anything but a live object of this cache. */
void slab_free(struct mm *mm, struct slabs *slabs, struct slab_cache *cache, vaddr_t object);

/* Gives back the frames of all slabs that have no live object. O(slabs given back) */
void slab_cache_shrink(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* Destroys a cache. Panics when it has a live object. */
void slab_cache_destroy(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* The slabs of kmalloc(), when the strategy is `zoned` or `kseg0`. */
struct slabs *zoned_slabs(struct mm *mm);

/* ---- for the strategy ---- */

/* Frames of slabs and large blocks. */
static inline uint32_t slabs_span_bytes(const struct slabs *slabs)
{
    return (slabs->slab_frames + slabs->large_frames) << PAGE_SHIFT;
}

/* Empties the magazines, so that slabs->empty_frames[zone] counts all frames of slabs without live
   objects. No frame is given back yet. O(caches * magazine) */
void slabs_gather(struct mm *mm, struct slabs *slabs);

/* Gives back the slabs that slabs_gather() found empty. O(slabs given back) */
void slabs_release(struct mm *mm, struct slabs *slabs);

/*
 * Would slabs_release() make a free block of 2^order frames in `zone`? is_free() says which frames
 * are free now. O(empty slabs * 2^order) at worst: a frame that is neither ends a look.
 */
bool slabs_release_makes(const struct slabs *slabs, uint32_t order, enum zone zone,
                         bool (*is_free)(const void *frames, pfn_t frame), const void *frames);

/* The violated rule, or NULL. O(frames + objects in magazines * slabs of their caches). */
__attribute__((warn_unused_result)) const char *slabs_check(const struct mm *mm,
                                                            const struct slabs *slabs);

#endif
