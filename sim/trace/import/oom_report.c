/*
 * Reads reports of Linux about its memory, of every age. What matters of them:
 *
 *     ls: page allocation failure: order:3, mode:0xcc0(GFP_KERNEL), nodemask=(null)
 *     ls: page allocation failure. order:3, mode:0xd0                       up to 3.1
 *     ls invoked oom-killer: gfp_mask=0x201da, order=0, oom_score_adj=0
 *     oom-killer: gfp_mask=0xd0                                             up to 2.6.18
 *     active_anon:900 ... slab_reclaimable:70 slab_unreclaimable:60 pagetables:5
 *     Node 0 Normal free:900kB min:800kB ... present:90000kB managed:80000kB ...
 *     lowmem_reserve[]: 0 0 1000
 *     Node 0 Normal: 5*4kB (UM) 10*8kB (E) 0*16kB ... = 900kB
 *
 *     Node 0, zone   Normal      5     10      0                            /proc/buddyinfo
 *     Node    0, zone   Normal, type    Movable      5     10               /proc/pagetypeinfo
 *
 * A line may have the marks of dmesg, syslog or a mail before it, and may be wrapped anywhere
 * between two words. On web pages that take * for emphasis, the blocks are 5_4kB.
 */
#include "oom_reader.h"

const char *const oom_kind_names[OOM_KIND_COUNT] = {"DMA", "DMA32", "Normal", "HighMem", "Movable"};

/* ---- reports ---- */

bool oom_has_blocks(const struct oom_report *report)
{
    for (uint32_t i = 0; i < report->zone_count; i++)
        if (report->zones[i].has_blocks)
            return true;
    return false;
}

/* false after import_log_bad(): a list of blocks has no sum. */
bool oom_check_closed(struct oom_reader *reader)
{
    struct oom_zone *open = reader->open;

    if (open == NULL)
        return true;
    reader->open = NULL;
    open->has_blocks = false;
    return import_log_bad(reader->log, "the blocks of zone %s before it end without a sum",
                          oom_kind_names[open->kind]);
}

static void end_report(struct oom_reader *reader)
{
    if (!reader->reading)
        return;
    if (!oom_has_blocks(&reader->now))
        reader->without++;
    else if (++reader->count == reader->wanted)
        reader->kept = reader->now;
    reader->reading = false;
    reader->sizes = NULL;
    reader->counts_types = false;
}

bool oom_end(struct oom_reader *reader)
{
    bool closed = oom_check_closed(reader);

    reader->log->skipped += !closed;
    end_report(reader);
    return closed;
}

void oom_begin(struct oom_reader *reader, enum oom_source source)
{
    end_report(reader);
    reader->now = (struct oom_report){.source = source, .line = reader->log->lines.number};
    reader->reading = true;
}

struct oom_zone *oom_find_zone(struct oom_report *report, uint32_t node, enum oom_kind kind)
{
    for (uint32_t i = 0; i < report->zone_count; i++)
        if (report->zones[i].node == node && report->zones[i].kind == kind)
            return &report->zones[i];
    return NULL;
}

/* The zone that a line is about. A line that the report has already begins the next one. */
struct oom_zone *oom_line_zone(struct oom_reader *reader, enum oom_source source, uint32_t node,
                               enum oom_kind kind, bool of_blocks)
{
    struct oom_zone *zone = reader->reading ? oom_find_zone(&reader->now, node, kind) : NULL;

    if (!reader->reading || (zone != NULL && (of_blocks ? zone->has_blocks : zone->has_sizes)))
        oom_begin(reader, source);
    zone = oom_find_zone(&reader->now, node, kind);
    if (zone != NULL)
        return zone;
    if (reader->now.zone_count == OOM_ZONES_MAX) {
        (void)import_log_bad(reader->log, "a report of more than %u zones", OOM_ZONES_MAX);
        return NULL;
    }
    zone = &reader->now.zones[reader->now.zone_count++];
    *zone = (struct oom_zone){.node = node, .kind = kind, .page_kib = 4};
    return zone;
}

/* ---- sizes: "free:900kB min:800kB" ---- */

static const struct {
    const char *key;
    enum oom_size size;
} size_keys[] = {
    {"free:", OOM_FREE},
    {"min:", OOM_MIN},
    {"present:", OOM_PRESENT},
    {"managed:", OOM_MANAGED},
    {"active_anon:", OOM_ANON},
    {"inactive_anon:", OOM_ANON},
    {"active_file:", OOM_FILE},
    {"inactive_file:", OOM_FILE},
    {"unevictable:", OOM_LRU},
    {"active:", OOM_LRU},
    {"inactive:", OOM_LRU},
    {"isolated(anon):", OOM_ANON},
    {"isolated(file):", OOM_FILE},
    {"slab:", OOM_SLAB},
    {"slab_reclaimable:", OOM_SLAB},
    {"slab_unreclaimable:", OOM_SLAB},
    {"pagetables:", OOM_TABLES},
    {"kernel_stack:", OOM_STACKS},
};

/* Takes a size of the zone that is being read, or of all memory. */
static bool take_size(struct oom_reader *reader, struct word word)
{
    struct line_rest rest = rest_of_word(word);
    uint64_t number;

    for (size_t i = 0; i < sizeof size_keys / sizeof size_keys[0]; i++) {
        enum oom_size size = size_keys[i].size;

        if (!rest_take_text(&rest, size_keys[i].key))
            continue;
        if (rest_take_number(&rest, &number) != NUMBER_OK)
            return false;
        bool kib = rest_take_text(&rest, "kB");
        if (kib && reader->sizes != NULL && number < UINT32_MAX * UINT64_C(64))
            reader->sizes->kib[size] += number;
        else if (!kib && reader->sizes == NULL && number < UINT32_MAX * UINT64_C(16))
            reader->now.global_pages[size] += number;
        else if (size == OOM_STACKS && number < UINT32_MAX * UINT64_C(64)) /* of a node */
            reader->now.global_pages[size] += number / 4;
        return true;
    }
    return false;
}

static void take_reserves(struct oom_zone *zone, struct line_rest rest)
{
    uint64_t pages;

    zone->reserves = 0;
    while (zone->reserves < OOM_RESERVES_MAX && is_number(take_word(&rest), &pages))
        zone->reserve[zone->reserves++] = pages;
}

/* ---- lines ---- */

/* Takes what the line has of a zone. *known is set if it has anything. */
static bool take_zone_line(struct oom_reader *reader, struct line_rest rest, bool *known)
{
    struct word before = {rest.at, 0};
    uint32_t node = 0;

    for (struct word word = take_word(&rest); word.bytes > 0; word = take_word(&rest)) {
        struct word listed = without_end(word, ':');
        struct line_rest look = rest;
        enum oom_kind kind;
        uint64_t number;

        if (word_is(before, "Node") &&
            is_number(without_end(word, ',').bytes > 0 ? without_end(word, ',') : word, &number))
            node = (uint32_t)number;
        if (word_is(word, "zone") && without_end(before, ',').bytes > 0) {
            *known = true;
            return oom_take_proc(reader, node, rest);
        }
        if (listed.bytes > 0 && is_kind(listed, &kind)) {
            *known = true;
            return oom_begin_blocks(reader, node, kind, rest);
        }
        if (is_kind(word, &kind) && words_start(take_word(&look), "free:")) {
            reader->sizes = oom_line_zone(reader, OOM_MEM_INFO, node, kind, false);
            if (reader->sizes == NULL)
                return false;
            reader->sizes->has_sizes = true;
        } else if (word_is(before, "Node") || !take_size(reader, word)) {
            before = word;
            continue;
        }
        *known = true;
        before = word;
    }
    return true;
}

static bool take_other(struct oom_reader *reader, struct line_rest line)
{
    const char *reserves = find_text(line, "lowmem_reserve[]:");
    const char *pages = find_text(line, "Pages per block:");
    bool known = false;

    if (reserves != NULL && reader->sizes != NULL) {
        take_reserves(reader->sizes,
                      (struct line_rest){reserves + strlen("lowmem_reserve[]:"), line.end});
        reader->sizes = NULL;
        return true;
    }
    if (find_text(line, "Mem-Info:") != NULL || find_text(line, "Mem-info:") != NULL) {
        if (!reader->reading || reader->now.zone_count > 0)
            oom_begin(reader, OOM_MEM_INFO);
        return true;
    }
    if (pages != NULL) {
        struct line_rest rest = {pages + strlen("Pages per block:"), line.end};

        oom_begin(reader, OOM_PAGETYPEINFO);
        (void)is_number(take_word(&rest), &reader->now.pageblock_pages);
        return true;
    }
    if (oom_take_heading(reader, line))
        return true;
    if (!take_zone_line(reader, line, &known))
        return false;
    reader->other_lines += !known;
    return true;
}

bool oom_take_line(struct oom_reader *reader, struct line_rest line)
{
    enum oom_source source;
    const char *head = oom_find_request(line, &source);
    uint32_t order = reader->open_order;

    if (head != NULL)
        return oom_take_request(reader, line, head, source);
    if (reader->open == NULL)
        return take_other(reader, line);
    if (!oom_take_blocks(reader, line)) {
        if (reader->open != NULL)
            reader->open->has_blocks = false;
        reader->open = NULL;
        return false;
    }
    return reader->open == NULL || reader->open_order != order || take_other(reader, line);
}
