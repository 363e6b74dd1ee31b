#include "support/random_trace.h"
#include "replay/random.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define BLOCKS     24u
#define PROCESSES  3u
#define LINE_BYTES 64u

struct drawing {
    uint32_t random;
    char block[BLOCKS]; /* the kind of block with ID 100 + i: 'k', 'p' or 'v'; 0: none */
    bool process[PROCESSES];
    char *text;
    size_t used;
};

static uint32_t draw(struct drawing *drawing, uint32_t end)
{
    return random32_below(&drawing->random, end);
}

__attribute__((format(printf, 2, 3))) static void put(struct drawing *drawing, const char *format,
                                                      ...)
{
    va_list list;

    va_start(list, format);
    drawing->used += (size_t)vsprintf(drawing->text + drawing->used, format, list);
    va_end(list);
}

static void make_block(struct drawing *drawing, uint32_t i)
{
    static const char *const classes[] = {"", " dma", " low", " user"};
    char kind = "kkpv"[draw(drawing, 4)];

    if (kind == 'k')
        put(drawing, "kmalloc %" PRIu32 " %" PRIu32 "%s", 100 + i, 1 + draw(drawing, 9000),
            classes[draw(drawing, 8) == 0]);
    else if (kind == 'p')
        put(drawing, "pages %" PRIu32 " %" PRIu32 "%s", 100 + i, draw(drawing, 5),
            classes[draw(drawing, 4)]);
    else
        put(drawing, "vmalloc %" PRIu32 " %" PRIu32, 100 + i, 1 + draw(drawing, 65536));
    if (draw(drawing, 2) == 0)
        put(drawing, " @site%" PRIu32, draw(drawing, 5));
    drawing->block[i] = kind;
}

static void use_block(struct drawing *drawing, uint32_t i)
{
    char kind = drawing->block[i];

    if (kind == 'k' && draw(drawing, 2) == 0) {
        put(drawing, "krealloc %" PRIu32 " %" PRIu32, 100 + i, 1 + draw(drawing, 9000));
        return;
    }
    put(drawing, "%s %" PRIu32,
        kind == 'k'   ? "kfree"
        : kind == 'p' ? "free_pages"
                      : "vfree",
        100 + i);
    drawing->block[i] = 0;
}

/* Returns an address near the process's heap, its maps or its stack. */
static uint32_t address(struct drawing *drawing)
{
    static const uint32_t bases[] = {0x08048000, 0x08048000, 0x08060000, 0x103fa000, 0xbfff4000};

    return bases[draw(drawing, 5)] + draw(drawing, 12) * 4096 + draw(drawing, 2) * 100;
}

static void use_process(struct drawing *drawing, uint32_t i)
{
    static const char *const rights[] = {"r", "rw"};
    uint32_t what = draw(drawing, 30);

    if (what == 0) {
        put(drawing, "exit %" PRIu32, 1 + i);
        drawing->process[i] = false;
    } else if (what < 6) {
        put(drawing, "map %" PRIu32 " 0x%" PRIx32 " %" PRIu32 " %s", 1 + i, address(drawing),
            1 + draw(drawing, 20000), rights[draw(drawing, 2)]);
    } else if (what < 9) {
        put(drawing, "unmap %" PRIu32 " 0x%" PRIx32 " %" PRIu32, 1 + i, address(drawing),
            1 + draw(drawing, 20000));
    } else if (what < 13) {
        put(drawing, "setbrk %" PRIu32 " 0x%" PRIx32, 1 + i,
            0x08048000 + draw(drawing, 24) * 4096 + draw(drawing, 2) * 50);
    } else {
        put(drawing, "touch %" PRIu32 " 0x%" PRIx32 " %c", 1 + i, address(drawing),
            "rw"[draw(drawing, 2)]);
    }
}

static void put_event(struct drawing *drawing)
{
    uint32_t block = draw(drawing, BLOCKS);
    uint32_t process = draw(drawing, PROCESSES);

    if (draw(drawing, 50) == 0) {
        put(drawing, "mark %" PRIu32, draw(drawing, 9));
    } else if (draw(drawing, 2) == 0) {
        if (drawing->block[block] == 0)
            make_block(drawing, block);
        else
            use_block(drawing, block);
    } else if (drawing->process[process]) {
        use_process(drawing, process);
    } else {
        put(drawing, "process %" PRIu32, 1 + process);
        drawing->process[process] = true;
    }
    put(drawing, "\n");
}

char *random_trace(uint32_t seed, uint32_t events)
{
    struct drawing drawing = {.random = seed, .text = malloc((events + 1u) * LINE_BYTES)};

    assert_non_null(drawing.text);
    put(&drawing, "mmtrace 1\n");
    for (uint32_t i = 0; i < events; i++)
        put_event(&drawing);
    return drawing.text;
}
