/*
 * The colours of what is in use are those of Paul Tol's scheme "light" ("Colour Schemes", 2021),
 * four of them shifted, and a purple. Any two of them, and free and reserved frames, differ by at
 * least 10 (CIEDE2000) to normal, protanopic, deuteranopic and tritanopic eyes, on either page.
 * FRAME_DEVICE and FRAME_HEAP_FREE are rare and differ by less; a drawing gives them a pattern.
 */
#include "report/frame_colours.h"

const struct frame_look frame_looks[FRAME_STATE_COUNT] = {
    [FRAME_FREE] = {'.', "free", 0xf1ede4, 0x23262b},
    [FRAME_DEVICE] = {'-', "not RAM", 0xcccccc, 0x45484d},
    [FRAME_RESERVED] = {'R', "kernel image", 0x8c8c8c, 0x6a6d72},
    [FRAME_METADATA] = {'M', "metadata", 0x777700, 0x777700},
    [FRAME_PAGE_TABLE] = {'T', "page tables", 0xeedd88, 0xeedd88},
    [FRAME_KERNEL] = {'K', "kernel pages", 0xee8866, 0xee8866},
    [FRAME_HEAP] = {'H', "heap", 0x5b8fd0, 0x5b8fd0},
    [FRAME_SLAB] = {'S', "slabs", 0x99ddff, 0x99ddff},
    [FRAME_VMALLOC] = {'V', "vmalloc", 0x784898, 0x784898},
    [FRAME_USER] = {'U', "user pages", 0x55c5a5, 0x55c5a5},
    [FRAME_HEAP_FREE] = {'o', "free in the heap", 0xcfe0f0, 0x2f4254},
};
