/*
 * The colours of what is in use are those of Paul Tol's scheme "light" ("Colour Schemes", 2021),
 * four of them shifted, and a purple. Any two of them, and free and reserved frames, differ by at
 * least 10 (CIEDE2000) to normal, protanopic, deuteranopic and tritanopic eyes, on either page.
 * FRAME_DEVICE and FRAME_HEAP_FREE are rare and differ by less; a drawing gives them a pattern.
 */
#include "report/frame_colours.h"

const struct frame_look frame_looks[FRAME_STATE_COUNT] = {
    [FRAME_FREE] = {'.', "free", 0xf1ede4, 0x23262b, 0, ANSI_NONE, false},
    [FRAME_DEVICE] = {'-', "not RAM", 0xcccccc, 0x45484d, 244, ANSI_NONE, true},
    [FRAME_RESERVED] = {'R', "kernel image", 0x8c8c8c, 0x6a6d72, 242, 7, true},
    [FRAME_METADATA] = {'M', "metadata", 0x777700, 0x777700, 100, 3, true},
    [FRAME_PAGE_TABLE] = {'T', "page tables", 0xeedd88, 0xeedd88, 222, 3, false},
    [FRAME_KERNEL] = {'K', "kernel pages", 0xee8866, 0xee8866, 209, 1, false},
    [FRAME_HEAP] = {'H', "heap", 0x5b8fd0, 0x5b8fd0, 68, 4, true},
    [FRAME_SLAB] = {'S', "slabs", 0x99ddff, 0x99ddff, 117, 6, false},
    [FRAME_VMALLOC] = {'V', "vmalloc", 0x784898, 0x784898, 97, 5, true},
    [FRAME_USER] = {'U', "user pages", 0x55c5a5, 0x55c5a5, 79, 2, false},
    [FRAME_HEAP_FREE] = {'o', "free in the heap", 0xcfe0f0, 0x2f4254, 153, ANSI_NONE, false},
};
