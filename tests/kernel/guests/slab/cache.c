/*
 * Slabs: a page each, a header and objects.
 *
 *     | struct slab | object | object | ... |
 *
 * A free object begins with a link, and the rest of it is poison: what has changed there when it
 * is allocated again was written by somebody who did not own it.
 */
#include "slab.h"

#include "console.h"
#include "cpu.h"
#include "string.h"

#define POISON  0x6b
#define ALIGN   16u
#define LARGEST 1024u

struct object {
    struct object *next;
};

struct slab {
    struct slab *previous, *next; /* in the cache's list of partial slabs */
    struct cache *cache;
    struct object *free;
    uint32_t used;
    uint32_t unused[3];
};
_Static_assert(sizeof(struct slab) % ALIGN == 0, "the objects behind the header are aligned");

void cache_init(struct cache *cache, uint32_t object_bytes)
{
    if (object_bytes == 0 || object_bytes % ALIGN || object_bytes > LARGEST)
        panic("cache_init: no such size");
    *cache = (struct cache){
        .object_bytes = object_bytes,
        .objects_per_slab = (PAGE_SIZE - sizeof(struct slab)) / object_bytes,
    };
}

static struct slab *slab_of(const void *object)
{
    return (struct slab *)((uint32_t)object & ~(uint32_t)(PAGE_SIZE - 1));
}

static void link_partial(struct cache *cache, struct slab *slab)
{
    slab->previous = NULL;
    slab->next = cache->partial;
    if (slab->next)
        slab->next->previous = slab;
    cache->partial = slab;
}

static void unlink_partial(struct cache *cache, struct slab *slab)
{
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        cache->partial = slab->next;
    if (slab->next)
        slab->next->previous = slab->previous;
}

static void push_free(struct slab *slab, struct object *object)
{
    memset(object, POISON, slab->cache->object_bytes);
    object->next = slab->free;
    slab->free = object;
}

/* A slab all of whose objects are free, or NULL. */
static struct slab *add_slab(struct cache *cache)
{
    struct slab *slab = pages_alloc(0);
    char *objects = (char *)(slab + 1);

    if (!slab)
        return NULL;
    *slab = (struct slab){.cache = cache};
    for (uint32_t i = cache->objects_per_slab; i-- > 0;)
        push_free(slab, (struct object *)(objects + i * cache->object_bytes));
    link_partial(cache, slab);
    return slab;
}

__attribute__((noinline)) void object_check_poison(const struct object *object, uint32_t bytes)
{
    if (!memory_is(object + 1, POISON, bytes - sizeof *object))
        panic("cache_alloc: a free object was written to");
}

static void *take_object(struct cache *cache)
{
    struct slab *slab = cache->partial ? cache->partial : add_slab(cache);
    struct object *object;

    if (!slab)
        return NULL;
    object = slab->free;
    object_check_poison(object, cache->object_bytes);
    slab->free = object->next;
    slab->used++;
    if (!slab->free)
        unlink_partial(cache, slab);
    return object;
}

/* The timer's handler allocates, too: no interrupt may come between the steps. */
void *cache_alloc(struct cache *cache)
{
#ifdef BUG_IRQ_IN_CACHE
    return take_object(cache);
#else
    uint32_t flags = irq_save();
    void *object = take_object(cache);

    irq_restore(flags);
    return object;
#endif
}

static bool is_free(const struct slab *slab, const struct object *object)
{
    const struct object *other = slab->free;

    while (other && other != object)
        other = other->next;
    return other;
}

void cache_free(struct cache *cache, void *object)
{
    struct slab *slab = slab_of(object);
    uint32_t flags = irq_save();

    if (slab->cache != cache)
        panic("cache_free: not an object of the cache");
    if (is_free(slab, object))
        panic("cache_free: the object is free");
    if (!slab->free)
        link_partial(cache, slab);
    push_free(slab, object);
    if (--slab->used == 0) {
        unlink_partial(cache, slab);
        slab->cache = NULL;
        pages_free(slab, 0);
    }
    irq_restore(flags);
}
