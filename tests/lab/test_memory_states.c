/* Traces that leave the state of memory that a report of Linux shows. Each trace is replayed, and
   the free blocks that it leaves are counted. */
#include <stdio.h>
#include <string.h>

#include "lab/left_memory.h"
#include "lab/memory_states.h"
#include "support/scratch.h"
#include "support/test.h"
#include "trace/import/import.h"

static struct import_counts counts;

static bool import(const char *text, const char *strategy, struct import_options options,
                   uint64_t ram_bytes, struct sim_error *error)
{
    struct state_lab lab = {.strategy = mm_strategy_find(strategy)};
    struct state_machine machine = state_lab_machine(&lab, ram_bytes);

    options.machine = &machine;
    return trace_import("auto", scratch_text("report.txt", text), scratch_path("state.mmb"),
                        &options, &counts, error);
}

static void assert_import(const char *text, const char *strategy, struct import_options options,
                          uint64_t ram_bytes)
{
    struct sim_error error;

    if (!import(text, strategy, options, ram_bytes, &error))
        fail_msg("%s\nof %s", error.text, text);
    assert_string_equal(counts.format, "oom");
}

static const struct import_options plain = {.order = UINT32_MAX};

/* The blocks by order of DMA, LOW and HIGH. */
static void assert_left(const char *text, const struct zone_blocks *expected)
{
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        for (uint32_t order = 0; order < ORDER_COUNT; order++)
            if (left.free.count[zone][order] != expected->count[zone][order])
                fail_msg("zone %u has %u free blocks of order %u, not %u, after\n%s", zone,
                         left.free.count[zone][order], order, expected->count[zone][order], text);
}

#define DMA_BLOCKS                                                                                 \
    "3*4kB 1*8kB 0*16kB 2*32kB 0*64kB 0*128kB 1*256kB 0*512kB 0*1024kB 0*2048kB 1*4096kB = "       \
    "4436kB\n"
#define NORMAL_BLOCKS                                                                              \
    "90*4kB 20*8kB 7*16kB 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB = "     \
    "632kB\n"

/* The same memory, as kernels of all ages and the tools that carry their logs print it. */
static const char *const same_memory[] = {
    /* 2.6.9, and a log of syslog */
    "Oct  3 11:02:17 tern kernel: nfsd: page allocation failure. order:3, mode:0xd0\n"
    "Oct  3 11:02:17 tern kernel: Mem-info:\n"
    "Oct  3 11:02:17 tern kernel: Active:1180 inactive:900 dirty:3 free:1267 slab:140 mapped:9\n"
    "Oct  3 11:02:17 tern kernel: DMA free:4436kB min:16kB low:32kB active:0kB present:16384kB\n"
    "Oct  3 11:02:17 tern kernel: protections[]: 0 0 0\n"
    "Oct  3 11:02:17 tern kernel: Normal free:632kB min:500kB active:4000kB present:65536kB\n"
    "Oct  3 11:02:17 tern kernel: DMA: " DMA_BLOCKS
    "Oct  3 11:02:17 tern kernel: Normal: " NORMAL_BLOCKS
    "Oct  3 11:02:17 tern kernel: HighMem: empty\n",
    /* 2.6.18: the oom-killer does not name an order */
    "oom-killer: gfp_mask=0xd0\n"
    "Mem-info:\n"
    "DMA free:4436kB min:68kB low:84kB high:100kB active:0kB inactive:0kB present:16384kB\n"
    "lowmem_reserve[]: 0 0 64 64\n"
    "Normal free:632kB min:1024kB active:40000kB inactive:3kB present:65536kB pages_scanned:9\n"
    "lowmem_reserve[]: 0 0 0 0\n"
    "DMA: " DMA_BLOCKS "Normal: " NORMAL_BLOCKS,
    /* 3.2, with the marks of dmesg; no types yet */
    "[  10.100000] ls: page allocation failure: order:3, mode:0x4020\n"
    "[  10.100002] Mem-Info:\n"
    "[  10.100003] DMA free:4436kB min:68kB active_anon:0kB inactive_anon:0kB active_file:12kB "
    "isolated(anon):0kB present:15904kB mlocked:0kB slab_reclaimable:8kB slab_unreclaimable:8kB\n"
    "[  10.100004] lowmem_reserve[]: 0 64 64 64\n"
    "[  10.100005] DMA: " DMA_BLOCKS "[  10.100006] Normal: " NORMAL_BLOCKS,
    /* 4.19, with types, and wrapped by a mail that quotes it, with DOS line ends */
    "> cat invoked oom-killer: gfp_mask=0x6000c0(GFP_KERNEL), nodemask=(null), order=3, "
    "oom_score_adj=0\r\n"
    "> Mem-Info:\r\n"
    "> Node 0 DMA: 3*4kB (UM) 1*8kB (M) 0*16kB 2*32kB (U) 0*64kB 0*128kB\r\n"
    "> 1*256kB (U) 0*512kB 0*1024kB 0*2048kB 1*4096kB (M) = 4436kB\r\n"
    "> Node 0 Normal: 90*4kB (UMEH) 20*8kB (ME) 7*16kB (U) 0*32kB 0*64kB\r\n"
    "> 0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB = 632kB\r\n",
    /* 4.9: each part of the list is a message of its own */
    "[   10.1] cat: page allocation stalls for 10012ms, order:3, mode:0x24000c0(GFP_KERNEL)\n"
    "[   10.1] Mem-Info:\n"
    "[   10.1] DMA: \n[   10.1] 3*4kB \n[   10.1] (UM) \n[   10.1] 1*8kB \n[   10.1] 0*16kB \n"
    "[   10.1] 2*32kB \n[   10.1] 0*64kB \n[   10.1] 0*128kB \n[   10.1] 1*256kB \n"
    "[   10.1] 0*512kB \n[   10.1] 0*1024kB \n[   10.1] 0*2048kB \n[   10.1] 1*4096kB \n"
    "[   10.1] = 4436kB\n"
    "[   10.1] Normal: " NORMAL_BLOCKS,
    /* 6.x, journald, and a web page that took * for emphasis; two nodes */
    "Feb 01 10:11:12 host kernel: a b: page allocation failure: order:3, "
    "mode:0x40cc0(GFP_KERNEL|__GFP_COMP), nodemask=(null),cpuset=/,mems_allowed=0-1\n"
    "Feb 01 10:11:12 host kernel: Mem-Info:\n"
    "Feb 01 10:11:12 host kernel: Node 0 DMA free:4436kB boost:0kB min:44kB low:56kB high:68kB "
    "reserved_highatomic:0KB free_highatomic:0KB active_anon:0kB present:15992kB managed:15360kB\n"
    "Feb 01 10:11:12 host kernel: lowmem_reserve[]: 0 100 100 100 100\n"
    "Feb 01 10:11:12 host kernel: Node 0 DMA: 3_4kB (U) 1_8kB (U) 0_16kB 2_32kB (U) 0_64kB 0_128kB "
    "1_256kB (U) 0_512kB 0_1024kB 0_2048kB 1_4096kB (M) = 4436kB\n"
    "Feb 01 10:11:12 host kernel: Node 0 Normal: 40*4kB (UM) 20*8kB (U) 0*16kB 0*32kB 0*64kB "
    "0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB = 320kB\n"
    "Feb 01 10:11:12 host kernel: Node 1 Normal: 50*4kB (UM) 0*8kB 7*16kB (E) 0*32kB 0*64kB "
    "0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB = 312kB\n",
    /* a mail that is encoded as quoted-printable */
    "gzip: page allocation failure: order:3, mode:0xd0\n"
    "Mem-Info:\n"
    "DMA: 3*4kB 1*8kB 0*16kB 2*32kB 0*64kB 0*128kB 1*256kB 0*512kB =\n"
    "0*1024kB 0*2048kB 1*4096kB =3D 4436kB\n"
    "Normal: 90*4kB 20*8kB 7*16kB 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB 0*10=\n"
    "24kB 0*2048kB 0*4096kB =3D=\n 632kB\n",
    /* the sum is in another line than its equals sign */
    "gzip: page allocation failure: order:3, mode:0xd0\n"
    ">> DMA: 3*4kB 1*8kB 0*16kB 2*32kB 0*64kB 0*128kB 1*256kB 0*512kB 0*1024kB 0*2048kB 1*4096kB "
    "=\n"
    ">> 4436kB\n"
    ">> Normal: 90*4kB 20*8kB 7*16kB 0*32kB =\n>> 632kB\n",
    /* pages of 16 KiB */
    "sh: page allocation failure: order:3, mode:0xcc0(GFP_KERNEL)\n"
    "DMA: 3*16kB (U) 1*32kB 0*64kB 2*128kB 0*256kB 0*512kB 1*1024kB 0*2048kB 0*4096kB 0*8192kB "
    "1*16384kB 0*32768kB = 17744kB\n"
    "Normal: 90*16kB 20*32kB 7*64kB 0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB 0*8192kB "
    "0*16384kB 0*32768kB = 2528kB\n",
};

static const struct zone_blocks same_blocks = {{
    {3, 1, 0, 2, 0, 0, 1, 0, 0, 0, 1},
    {90, 20, 7},
}};

TEST(reports_of_every_age_leave_the_blocks_that_they_name)
{
    for (size_t i = 0; i < sizeof same_memory / sizeof same_memory[0]; i++) {
        assert_import(same_memory[i], "zoned", plain, 40 * MIB);
        assert_non_null(strstr(counts.notes, "DMA: 4.3 MiB, exactly as reported"));
        assert_non_null(strstr(counts.notes, "Normal: 0.6 MiB, exactly as reported"));
        replay_trace(scratch_path("state.mmb"), "zoned", 40 * MIB);
        assert_left(same_memory[i], &same_blocks);
        assert_int_equal(left.result.failures[REQUEST_PAGES], 1);
    }
}

TEST(the_state_is_exact_under_each_strategy_that_hands_out_single_frames)
{
    static const char *const strategies[] = {"window", "brk", "zoned", "kseg0", "jump", "migrate"};

    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        assert_import(same_memory[0], strategies[i], plain, 40 * MIB);
        replay_trace(scratch_path("state.mmb"), strategies[i], 40 * MIB);
        assert_left(strategies[i], &same_blocks);
    }
}

TEST(the_files_of_proc_leave_a_state_and_the_request_that_is_given)
{
    static const char *const texts[] = {
        "Node 0, zone      DMA      3      1      0      2      0      0      1      0      0      "
        "0"
        "      1 \n"
        "Node 0, zone   Normal     90     20      7      0      0      0      0      0      0      "
        "0"
        "      0 \n",
        "Page block order: 9\nPages per block:  512\n\n"
        "Free pages count per migrate type at order       0      1      2      3 \n"
        "Node    0, zone      DMA, type    Unmovable      3      0      0      2      0      0 "
        "     1      0      0      0      0 \n"
        "Node    0, zone      DMA, type      Movable      0      1      0      0      0      0 "
        "     0      0      0      0      1 \n"
        "Node    0, zone   Normal, type    Unmovable     90      0      7 \n"
        "Node    0, zone   Normal, type      Movable      0     20      0 \n\n"
        "Number of blocks type     Unmovable      Movable  Reclaimable \n"
        "Node 0, zone      DMA            3            5            0 \n"
        "Node 0, zone   Normal           12            6            2 \n",
    };
    struct import_options request = {.order = 4, .gfp = "GFP_KERNEL"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_import(texts[i], "zoned", plain, 40 * MIB);
        replay_trace(scratch_path("state.mmb"), "zoned", 40 * MIB);
        assert_left(texts[i], &same_blocks);
        assert_int_equal(left.result.failures[REQUEST_PAGES], 0);
        assert_import(texts[i], "zoned", request, 40 * MIB);
        assert_non_null(strstr(counts.notes, "it succeeds"));
        request.order = 10;
        assert_import(texts[i], "zoned", request, 40 * MIB);
        request.order = 4;
    }
}

/* ---- the request ---- */

TEST(the_request_fails_for_the_reason_that_the_report_shows)
{
    static const struct {
        const char *head;
        const char *normal;  /* the line of the zone */
        const char *verdict; /* on it */
        enum mm_cause cause;
    } rows[] = {
        {"ls: page allocation failure: order:3, mode:0xcc0(GFP_KERNEL)\n",
         "Normal free:632kB min:100kB present:32768kB\nlowmem_reserve[]: 0 0 0\n"
         "Normal: " NORMAL_BLOCKS,
         "Normal: no free block is large enough", MM_NO_RUN},
        {"ls invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n",
         "Normal free:632kB min:900kB present:32768kB\nlowmem_reserve[]: 0 0 0\n"
         "Normal: " NORMAL_BLOCKS,
         "Normal: the watermarks", MM_NO_FRAMES},
        {"ls: page allocation failure: order:2, mode:0xcc0(GFP_KERNEL)\n",
         "Normal free:632kB min:100kB present:32768kB\n"
         "Normal: 90*4kB (UME) 20*8kB (U) 7*16kB (CH) 0*32kB = 632kB\n",
         "Normal: what is free is kept for CMA", MM_NO_RUN},
        {"ls: page allocation failure: order:2, mode:0xcc0(GFP_KERNEL)\n",
         "Normal free:632kB min:100kB present:32768kB\n"
         "Normal: 90*4kB (UME) 20*8kB (U) 7*16kB (CU) 0*32kB = 632kB\n",
         "Normal: a free block would do", MM_NO_RUN},
        {"ls: page allocation failure: order:9, mode:0xcc0(GFP_KERNEL)\n",
         "Normal: 3*4kB (U) 2*8kB (C) = 28kB\n", "Normal: less is free than the request needs",
         MM_NO_FRAMES},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[1024];

        snprintf(text, sizeof text, "%s%s", rows[i].head, rows[i].normal);
        assert_import(text, "zoned", plain, 40 * MIB);
        if (strstr(counts.notes, rows[i].verdict) == NULL)
            assert_string_equal(counts.notes, rows[i].verdict);
        replay_trace(scratch_path("state.mmb"), "zoned", 40 * MIB);
        assert_int_equal(left.result.failures[REQUEST_PAGES], 1);
        if (left.result.failures_by_cause[rows[i].cause] != 1)
            fail_msg("row %zu fails for another cause", i);
    }
}

/* The zones of the report: which class the request becomes, and where its memory goes. */
TEST(zones_keep_their_order_and_the_reach_of_the_request)
{
#define ZONE(name) name ": 9*4kB 1*8kB = 44kB\n"
    static const struct {
        const char *zones;
        const char *gfp;
        const char *request;
        const char *place;
    } rows[] = {
        {ZONE("DMA") ZONE("Normal") ZONE("HighMem"), "0xd0", "class low, from Normal",
         "HIGH has the free blocks of HighMem"},
        {ZONE("DMA") ZONE("Normal") ZONE("HighMem"), "0x201da", "class user, from HighMem",
         "LOW has the free blocks of Normal"},
        {ZONE("DMA") ZONE("Normal") ZONE("HighMem"), "0x21", "class dma, from DMA",
         "DMA has the free blocks of DMA"},
        {ZONE("DMA") ZONE("DMA32") ZONE("Normal"), "0xcc0(GFP_KERNEL)", "class user, from Normal",
         "HIGH has the free blocks of Normal"},
        {ZONE("DMA") ZONE("DMA32") ZONE("Normal"), "0xcc4(GFP_KERNEL|GFP_DMA32)",
         "class low, from DMA32", "LOW has the free blocks of DMA32"},
        {ZONE("DMA") ZONE("DMA32"), "0xcc0(GFP_KERNEL)", "class low, from DMA32",
         "LOW has the free blocks of DMA32"},
        {ZONE("DMA32") ZONE("Normal") ZONE("Movable"), "0xcc0(GFP_KERNEL)",
         "class low, from Normal", "HIGH has the free blocks of Movable"},
        {ZONE("Normal"), "GFP_ATOMIC", "class low, from Normal",
         "LOW has the free blocks of Normal"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[1024];

        snprintf(text, sizeof text, "x: page allocation failure: order:4, mode:%s\n%s", rows[i].gfp,
                 rows[i].zones);
        assert_import(text, "zoned", plain, 800 * MIB);
        if (strstr(counts.notes, rows[i].request) == NULL ||
            strstr(counts.notes, rows[i].place) == NULL)
            fail_msg("row %zu:\n%s", i, counts.notes);
    }
}

TEST(memory_that_does_not_fit_is_made_less_and_the_distance_is_printed)
{
    static const char text[] = "DMA: 1*4kB 0*8kB 0*16kB 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB "
                               "0*1024kB 0*2048kB 3*4096kB = 12292kB\n"
                               "Normal: 0*4kB 6000*8kB 0*16kB 0*32kB = 48000kB\n";

    assert_import(text, "zoned", plain, 40 * MIB);
    assert_non_null(strstr(counts.notes, "not exactly: the trace leaves 12.0 MiB. Blocks by order, "
                                         "reported:left 0=1:0\n"));
    replay_trace(scratch_path("state.mmb"), "zoned", 40 * MIB);
    assert_int_equal(left.free.count[ZONE_DMA][10], 3);
    assert_true(left.free.count[ZONE_LOW][1] > 1400);
    assert_import(text, "zoned", plain, 0); /* a larger machine has room in LOW */
    assert_non_null(strstr(counts.notes, "Normal: 46.9 MiB, exactly as reported"));
}

/* ---- several reports, and bad ones ---- */

TEST(an_option_chooses_the_report)
{
    struct import_options options = plain;
    char text[8192];
    struct sim_error error;

    snprintf(text, sizeof text, "%sNode 0, zone   Normal   7\n%s", same_memory[1], same_memory[3]);
    for (options.report = 1; options.report <= 3; options.report++) {
        assert_import(text, "zoned", options, 40 * MIB);
        replay_trace(scratch_path("state.mmb"), "zoned", 40 * MIB);
        assert_int_equal(left.free.count[ZONE_LOW][0], options.report == 2 ? 7 : 90);
    }
    assert_false(import(text, "zoned", options, 40 * MIB, &error));
    assert_non_null(strstr(error.text, "there is no report 4: the log has 3"));
}

TEST(a_bad_report_is_an_error_with_its_line)
{
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        {"Mem-Info:\nDMA: 1*4kB 2*8kB = 21kB\n",
         ":2: the blocks of zone DMA add up to 20 kB, but the line says 21 kB"},
        {"Mem-Info:\nDMA: 1*4kB 2*16kB = 36kB\n", ":2: the blocks of zone DMA do not double"},
        {"Mem-Info:\nDMA: 1*4kB x*8kB = 4kB\n", ":2: zone DMA has blocks that are none: 'x*8kB'"},
        {"Mem-Info:\nDMA: 1*4kB 1*8kB\nNormal: 1*4kB = 4kB\n",
         ":3: the blocks of zone DMA before it end without a sum"},
        {"Mem-Info:\nDMA: 1*4kB 1*8kB\n", ": cut short: the blocks of zone DMA"},
        {"Node 0, zone Normal 1 2 y 4\n", ":1: zone Normal has a number of blocks that is none"},
        {"Node 0, zone Normal 1 2", ":1: cut short"},
        {"a: page allocation failure: order:x, mode:0xd0\n", ":1: a failed request of an order"},
        {"a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0\nMemory cgroup stats\n",
         ": the log names failed requests, but has no list of free blocks"},
        {"Mem-Info:\n", ": the log names failed requests, but has no list of free blocks"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sim_error error;

        assert_false(import(rows[i].text, "zoned", plain, 40 * MIB, &error));
        if (strstr(error.text, rows[i].error) == NULL)
            assert_string_equal(error.text, rows[i].error);
    }
}

TEST(a_lenient_import_omits_the_bad_zone)
{
    struct import_options options = {.order = UINT32_MAX, .lenient = true};

    assert_import("DMA: 1*4kB 2*8kB = 21kB\nNormal: 5*4kB = 20kB\n", "zoned", options, 40 * MIB);
    replay_trace(scratch_path("state.mmb"), "zoned", 40 * MIB);
    assert_int_equal(left.free.count[ZONE_DMA][0], 0);
    assert_int_equal(left.free.count[ZONE_LOW][0], 5);
    assert_non_null(strstr(counts.skipped, "line 1: the blocks of zone DMA add up"));
}
