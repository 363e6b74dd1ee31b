#include "heap_loaded.h"
#include "harness.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REGION_ALIGNMENT (UINT64_C(4) << 20)

struct loaded_malloc loaded;
struct region_heap region;

static struct heap_plug plugs[HEAP_PLUGS_MAX];
static uint32_t plugs_count;
static uint64_t resident_before_bytes;

/* ---- shared objects ---- */

/* Its calls of malloc() go to its own one, and not to the program's. */
static void *library_open(const char *file)
{
    return dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
}

/* Sets *function to the symbol's address. false: the library does not define it itself; a library
   that it needs, such as the C library, does not count. POSIX lets a function's address pass
   through a void pointer; ISO C has no cast for it. */
static bool find_function(void *library, const char *symbol, void *function)
{
    struct link_map *map;
    Dl_info owner;
    void *found = dlsym(library, symbol);
    bool is_own = found != NULL && dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 &&
                  dladdr(found, &owner) != 0 && (uintptr_t)owner.dli_fbase == map->l_addr;

    found = is_own ? found : NULL;
    memcpy(function, &found, sizeof found);
    return is_own;
}

/* ---- allocators with malloc() ---- */

/* The pages of this process that are in memory, as the kernel counts them. */
static uint64_t resident_bytes(void)
{
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

    bench_require(got > 0, "/proc/self/statm cannot be read");
    close(fd);
    text[got] = 0;
    const char *second = strchr(text, ' ');
    bench_require(second != NULL, "/proc/self/statm has no second number");
    return strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t loaded_span_bytes(uint64_t highest)
{
    uint64_t now_bytes = resident_bytes();

    (void)highest;
    return now_bytes > resident_before_bytes ? now_bytes - resident_before_bytes : 0;
}

static void loaded_open(const struct loaded_malloc *functions)
{
    loaded = *functions;
    resident_before_bytes = resident_bytes();
}

void loaded_close(void)
{
}

/* An allocator of a Debian package; it is loaded by the first call of its open function. */
struct packaged {
    const char *file;
    const char *package;
    bool tried;
    bool usable;
    struct loaded_malloc functions;
};

static bool packaged_open(struct packaged *packaged, const char *name)
{
    if (!packaged->tried) {
        void *library = library_open(packaged->file);
        packaged->tried = true;
        packaged->usable = library != NULL &&
                           find_function(library, "malloc", &packaged->functions.alloc) &&
                           find_function(library, "free", &packaged->functions.free) &&
                           find_function(library, "realloc", &packaged->functions.resize);
        if (!packaged->usable)
            fprintf(stderr, "bench: no %s (%s); Debian's package is %s\n", name, packaged->file,
                    packaged->package);
    }
    loaded_open(&packaged->functions);
    return packaged->usable;
}

bool jemalloc_open(const char *name)
{
    static struct packaged jemalloc = {.file = "libjemalloc.so.2", .package = "libjemalloc2"};

    return packaged_open(&jemalloc, name);
}

bool mimalloc_open(const char *name)
{
    static struct packaged mimalloc = {.file = "libmimalloc.so.2", .package = "libmimalloc2.0"};

    return packaged_open(&mimalloc, name);
}

/* ---- heaps over one region ---- */

bool region_restart(uint32_t bytes)
{
    region.heap = region.init(region.region, bytes);
    return region.heap != NULL;
}

uint64_t region_span_bytes(uint64_t highest)
{
    return region.span != NULL ? region.span(region.heap)
                               : highest - (uint64_t)(uintptr_t)region.region;
}

/* Returns a region that was never touched, aligned to REGION_ALIGNMENT. */
static unsigned char *region_map(void)
{
    void *mapped = mmap(NULL, REGION_BYTES + REGION_ALIGNMENT, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    bench_require(mapped != MAP_FAILED, "no address space for the region of a heap");
    uintptr_t start = (uintptr_t)mapped;
    uintptr_t aligned = (start + REGION_ALIGNMENT - 1u) & ~(uintptr_t)(REGION_ALIGNMENT - 1u);

    return (unsigned char *)mapped + (aligned - start);
}

/* ---- the heaps of --heap ---- */

static const struct heap_plug *plug_named(const char *name)
{
    uint32_t i = 0;

    while (i < plugs_count && strcmp(plugs[i].name, name) != 0)
        i++;
    bench_require(i < plugs_count, "no such heap");
    return &plugs[i];
}

static bool plug_open_malloc(const char *name)
{
    loaded_open(&plug_named(name)->functions);
    return true;
}

static bool plug_open_region(const char *name)
{
    region = plug_named(name)->region;
    return region_restart(REGION_BYTES);
}

/* The next heap finds its pages untouched. */
static void plug_close_region(void)
{
    madvise(region.region, REGION_BYTES, MADV_DONTNEED);
}

__attribute__((noreturn)) static void refuse(const char *argument, const char *reason,
                                             const char *detail)
{
    fprintf(stderr, "bench: --heap %s: %s%s\n", argument, reason, detail);
    exit(1);
}

static void require_function(void *library, const char *symbol, void *function,
                             const char *argument)
{
    if (!find_function(library, symbol, function))
        refuse(argument, "the library does not define ", symbol);
}

static void find_malloc(struct heap_plug *plug, void *library, const char *argument)
{
    if (!find_function(library, "malloc", &plug->functions.alloc))
        refuse(argument, "the library defines neither heap_plug_init (bench/heap_plug.h) nor ",
               "malloc");
    require_function(library, "free", &plug->functions.free, argument);
    require_function(library, "realloc", &plug->functions.resize, argument);
    plug->open = plug_open_malloc;
    plug->close = loaded_close;
}

static void find_region(struct heap_plug *plug, void *library, const char *argument)
{
    require_function(library, "heap_plug_alloc", &plug->region.alloc, argument);
    require_function(library, "heap_plug_free", &plug->region.free, argument);
    find_function(library, "heap_plug_resize", &plug->region.resize);
    find_function(library, "heap_plug_span", &plug->region.span);
    plug->region.region = region_map();
    plug->open = plug_open_region;
    plug->close = plug_close_region;
    if (plug->region.init(plug->region.region, REGION_BYTES) == NULL)
        refuse(argument, "heap_plug_init() failed ", "with a region of 512 MiB");
}

const struct heap_plug *heap_plug_load(const char *argument)
{
    const char *equals = strchr(argument, '=');
    struct heap_plug *plug = &plugs[plugs_count];

    if (equals == NULL || equals == argument || equals[1] == 0)
        refuse(argument, "expected ", "NAME=LIB.so");
    if (plugs_count == HEAP_PLUGS_MAX)
        refuse(argument, "there are too many heaps: ", "at most ten can be added");
    void *library = library_open(equals + 1);
    if (library == NULL)
        refuse(argument, "", dlerror());
    plug->name = strndup(argument, (size_t)(equals - argument));
    bench_require(plug->name != NULL, "no memory for a name");
    plug->is_region = find_function(library, "heap_plug_init", &plug->region.init);
    (plug->is_region ? find_region : find_malloc)(plug, library, argument);
    plugs_count++;
    return plug;
}
