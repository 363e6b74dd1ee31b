/*
 * kmalloc() over slabs, after Linux's (mm/slub.c) and J. Bonwick, "The Slab Allocator" (USENIX
 * 1994): each class of sizes is a cache of slabs, a slab being 1 to 8 contiguous frames cut into
 * objects of one size. Larger blocks are runs of 2^order frames. Caches with a name serve whoever
 * has many objects of one size.
 *
 *     kmalloc(100) -> cache 128 -> its magazine: addresses of at most 92 free objects, last in,
 *                                      |         first out
 *                                      |  refilled when empty, half of it flushed when full
 *                                  its slabs; those with a free object are on a list
 *
 * No object is ever read or written here. What is kept of one is a bit, set while it is live, that
 * stands for the address at which it starts:
 *
 *     objects of a multiple of 64 bytes   a bit for 64 bytes, 8 bytes a frame, beside the slab
 *     others, all of them small           a bit for 8 bytes, in the last 64 of the page itself;
 *                                         a slab is one frame
 *
 * So freeing what is not the start of a live object panics, always and at once: a double free, a
 * pointer into an object, a pointer from elsewhere.
 *
 * A slab goes back to the frame allocator as soon as its objects are all in it. Those in a magazine
 * hold theirs, so that calls at a slab's edge do not take and give frames each time; when frames
 * run short, slabs_gather() and slabs_release() give these back as well.
 *
 * Frames come from and go back to the strategy, through its pages_alloc() of PAGES_LOW or PAGES_DMA
 * and its pages_free(), and the map of owners says whose they are. They lie in the range that
 * slabs_init() is given.
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
    uint8_t order;                          /* of its slabs, while there are such runs; */
    uint8_t order_least;                    /* else this */
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
 * Nothing allocated. Slabs lie in [low.start, low.end), below HIGH. arrays: the caller's,
 * slabs_bytes() of so many frames, page aligned, not cleared. base: where physical address 0 is
 * mapped for kmalloc(), a multiple of LARGE_PAGE_SIZE. O(frames)
 */
void slabs_init(struct slabs *slabs, vaddr_t arrays, vaddr_t base, struct frame_range low);

/* ---- kmalloc() ---- */

/*
 * As kmalloc() in mm.h; physically contiguous, aligned to its size where that is a power of two,
 * else to its largest power of two, 8 at least. Fails as pages_alloc() does; bytes >
 * SLAB_BLOCK_MAX: unsupported.
 */
vaddr_t slab_kmalloc(struct mm *mm, struct slabs *slabs, uint32_t bytes,
                     enum page_class page_class);

/* As krealloc(): in place while ksize() has room; a block of frames gives back the halves that it
   no longer needs. The class stays. */
vaddr_t slab_krealloc(struct mm *mm, struct slabs *slabs, vaddr_t block, uint32_t bytes);

/* As kfree() and ksize(), of any live block or object. */
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

/* An object. Fails as pages_alloc() does. */
vaddr_t slab_alloc(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* Give an object back. Panics on anything that is not a live object of this cache. */
void slab_free(struct mm *mm, struct slabs *slabs, struct slab_cache *cache, vaddr_t object);

/* Give the frames of all its slabs without live objects back. O(slabs that go). */
void slab_cache_shrink(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* The cache must have no live object: panics. */
void slab_cache_destroy(struct mm *mm, struct slabs *slabs, struct slab_cache *cache);

/* Of a memory manager whose strategy is `zoned` or `kseg0`: what its kmalloc() is. */
struct slabs *zoned_slabs(struct mm *mm);

/* ---- for the strategy ---- */

/* Frames of slabs and large blocks. */
static inline uint32_t slabs_span_bytes(const struct slabs *slabs)
{
    return (slabs->slab_frames + slabs->large_frames) << PAGE_SHIFT;
}

/* Empty the magazines, so that slabs->empty_frames[zone] counts all frames of slabs without live
   objects. Gives no frame back: nothing that a caller sees has changed. O(caches * magazine). */
void slabs_gather(struct mm *mm, struct slabs *slabs);

/* Give the slabs back that slabs_gather() found empty. O(slabs that go). */
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
