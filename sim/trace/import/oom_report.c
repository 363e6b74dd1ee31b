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
#include "oom_report.h"
#include "log_fields.h"

#include <stdio.h>

const char *const oom_kind_names[OOM_KIND_COUNT] = {"DMA", "DMA32", "Normal", "HighMem", "Movable"};

/* ---- words ---- */

static struct word take_word(struct line_rest *rest)
{
    struct word word;

    while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\t'))
        rest->at++;
    word.text = rest->at;
    while (rest->at < rest->end && *rest->at != ' ' && *rest->at != '\t')
        rest->at++;
    word.bytes = (size_t)(rest->at - word.text);
    return word;
}

static struct line_rest rest_of_word(struct word word)
{
    return (struct line_rest){word.text, word.text + word.bytes};
}

static const char *find(struct line_rest rest, const char *text)
{
    return memmem(rest.at, (size_t)(rest.end - rest.at), text, strlen(text));
}

/* The word without this character at its end; without a word if it does not end so. */
static struct word without_end(struct word word, char end)
{
    if (word.bytes == 0 || word.text[word.bytes - 1] != end)
        return (struct word){word.text, 0};
    return (struct word){word.text, word.bytes - 1};
}

static bool is_number(struct word word, uint64_t *number)
{
    struct line_rest rest = rest_of_word(word);

    return word.bytes > 0 && *word.text >= '0' && *word.text <= '9' &&
           rest_take_number(&rest, number) == NUMBER_OK && rest.at == rest.end;
}

static bool is_kind(struct word word, enum oom_kind *kind)
{
    for (uint32_t i = 0; i < OOM_KIND_COUNT; i++)
        if (word_is(word, oom_kind_names[i])) {
            *kind = (enum oom_kind)i;
            return true;
        }
    return false;
}

/* ---- reports ---- */

static bool has_blocks(const struct oom_report *report)
{
    for (uint32_t i = 0; i < report->zone_count; i++)
        if (report->zones[i].has_blocks)
            return true;
    return false;
}

/* false after import_log_bad(): a list of blocks has no sum. */
static bool check_closed(struct oom_reader *reader)
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
    if (!has_blocks(&reader->now))
        reader->without++;
    else if (++reader->count == reader->wanted)
        reader->kept = reader->now;
    reader->reading = false;
    reader->sizes = NULL;
    reader->counts_types = false;
}

bool oom_end(struct oom_reader *reader)
{
    bool closed = check_closed(reader);

    reader->log->skipped += !closed;
    end_report(reader);
    return closed;
}

static void begin(struct oom_reader *reader, enum oom_source source)
{
    end_report(reader);
    reader->now = (struct oom_report){.source = source, .line = reader->log->lines.number};
    reader->reading = true;
}

static struct oom_zone *find_zone(struct oom_report *report, uint32_t node, enum oom_kind kind)
{
    for (uint32_t i = 0; i < report->zone_count; i++)
        if (report->zones[i].node == node && report->zones[i].kind == kind)
            return &report->zones[i];
    return NULL;
}

/* The zone that a line is about. A line that the report has already begins the next one. */
static struct oom_zone *line_zone(struct oom_reader *reader, enum oom_source source, uint32_t node,
                                  enum oom_kind kind, bool of_blocks)
{
    struct oom_zone *zone = reader->reading ? find_zone(&reader->now, node, kind) : NULL;

    if (!reader->reading || (zone != NULL && (of_blocks ? zone->has_blocks : zone->has_sizes)))
        begin(reader, source);
    zone = find_zone(&reader->now, node, kind);
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

/* ---- the request ---- */

static void copy_text(char text[OOM_TEXT_BYTES], const char *from, const char *end)
{
    size_t bytes =
        (size_t)(end - from) < OOM_TEXT_BYTES ? (size_t)(end - from) : OOM_TEXT_BYTES - 1;

    memcpy(text, from, bytes);
    text[bytes] = '\0';
}

/* The name of the task ends here; before it, a line may have what dmesg or syslog put there. */
static void take_task(struct oom_report *report, const char *line, const char *end)
{
    const char *kernel = find((struct line_rest){line, end}, "kernel: ");
    const char *start = kernel != NULL ? kernel + strlen("kernel: ") : line;
    const char *bracket = memrchr(start, ']', (size_t)(end - start));
    const char *level = memrchr(start, '>', (size_t)(end - start));

    if (bracket != NULL)
        start = bracket + 1;
    else if (level != NULL)
        start = level + 1;
    while (start < end && *start == ' ')
        start++;
    copy_text(report->task, start, end);
}

/* The value behind one of two keys, up to the next blank or comma. */
static struct word value_of(struct line_rest line, const char *key, const char *other)
{
    const char *at = find(line, key);
    size_t bytes = strlen(key);

    if (at == NULL) {
        at = find(line, other);
        bytes = strlen(other);
    }
    if (at == NULL)
        return (struct word){line.end, 0};
    at += bytes;
    const char *end = at;
    while (end < line.end && *end != ' ' && *end != ',')
        end++;
    return (struct word){at, (size_t)(end - at)};
}

static const struct {
    const char *text;
    enum oom_source source;
} request_heads[] = {
    {": page allocation failure", OOM_FAILURE},
    {": page allocation stalls for ", OOM_FAILURE},
    {" invoked oom-killer: ", OOM_KILLER},
    {"oom-killer: gfp_mask=", OOM_KILLER},
};

/* "ls: page allocation failure: order:3, mode:0xd0". Finds where the task ends; NULL: the line is
   of another kind. */
static const char *find_request(struct line_rest line, enum oom_source *source)
{
    for (size_t i = 0; i < sizeof request_heads / sizeof request_heads[0]; i++) {
        const char *head = find(line, request_heads[i].text);

        *source = request_heads[i].source;
        if (head != NULL)
            return head;
    }
    return NULL;
}

static bool take_request(struct oom_reader *reader, struct line_rest line, const char *head,
                         enum oom_source source)
{
    struct line_rest rest = {head, line.end};
    struct word number = value_of(rest, "order:", "order=");
    struct word gfp = value_of(rest, "mode:", "gfp_mask=");
    uint64_t order = 0;

    if (!check_closed(reader))
        return false;
    begin(reader, source);
    take_task(&reader->now, line.at, head);
    copy_text(reader->now.gfp, gfp.text, gfp.text + gfp.bytes);
    if (number.bytes > 0 && (!is_number(number, &order) || order > 63))
        return import_log_bad(reader->log, "a failed request of an order that is none: '%s'",
                              word_show(number).text);
    reader->now.order = (uint32_t)order;
    return true;
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

/* ---- blocks: "5*4kB (UM) 10*8kB = 100kB" ---- */

/* Are the types in "(UMECH)" other than those of special use? */
static bool has_usual_type(struct word types)
{
    for (size_t i = 1; i + 1 < types.bytes; i++)
        if (strchr("UMER", types.text[i]) != NULL)
            return true;
    return false;
}

static bool is_block_count(struct word word, uint64_t *count, uint64_t *kib)
{
    struct line_rest rest = rest_of_word(word);

    if (word.bytes < 4 || *word.text < '0' || *word.text > '9' ||
        rest_take_number(&rest, count) != NUMBER_OK || rest.at == rest.end ||
        (*rest.at != '*' && *rest.at != '_'))
        return false;
    rest.at++;
    return rest_take_number(&rest, kib) == NUMBER_OK && rest_take_text(&rest, "kB") &&
           rest.at == rest.end;
}

#define BLOCKS_MAX (UINT64_C(1) << 36) /* of one order: 256 TiB */

static bool take_count(struct oom_reader *reader, uint64_t count, uint64_t kib)
{
    struct oom_zone *zone = reader->open;
    uint32_t order = reader->open_order;

    if (order == 0 && kib >= 4 && kib <= 1024)
        zone->page_kib = (uint32_t)kib;
    if (order >= OOM_ORDERS_MAX || kib != (uint64_t)zone->page_kib << order || count > BLOCKS_MAX)
        return import_log_bad(reader->log, "the blocks of zone %s do not double in size",
                              oom_kind_names[zone->kind]);
    zone->blocks[order] = count;
    zone->usual[order] = count;
    reader->open_order++;
    return true;
}

/* "900kB", behind an equals sign that a mail may have encoded or left in another line. */
static bool is_sum(struct word word, uint64_t *kib)
{
    struct line_rest rest = rest_of_word(word);

    return word.bytes > 0 && *word.text >= '0' && *word.text <= '9' &&
           rest_take_number(&rest, kib) == NUMBER_OK && rest_take_text(&rest, "kB") &&
           rest.at == rest.end;
}

static bool take_sum(struct oom_reader *reader, uint64_t said)
{
    struct oom_zone *zone = reader->open;
    uint64_t kib = 0;

    for (uint32_t order = 0; order < OOM_ORDERS_MAX; order++)
        kib += zone->blocks[order] * zone->page_kib << order;
    reader->open = NULL;
    zone->has_blocks = said == kib;
    return said == kib ||
           import_log_bad(
               reader->log, "the blocks of zone %s add up to %llu kB, but the line says %llu kB",
               oom_kind_names[zone->kind], (unsigned long long)kib, (unsigned long long)said);
}

/* Takes the words of a list of blocks that has begun, maybe in an earlier line. */
static bool take_blocks(struct oom_reader *reader, struct line_rest rest)
{
    while (reader->open != NULL) {
        struct word word = take_word(&rest);
        uint64_t count;
        uint64_t kib;
        enum oom_kind next;

        if (word.bytes == 0)
            return true;
        if (is_kind(without_end(word, ':'), &next))
            return check_closed(reader);
        if (is_block_count(word, &count, &kib)) {
            if (!take_count(reader, count, kib))
                return false;
        } else if (is_sum(word, &kib)) {
            return take_sum(reader, kib);
        } else if (*word.text == '(' && reader->open_order > 0 && !has_usual_type(word)) {
            reader->open->usual[reader->open_order - 1] = 0;
        } else if (memchr(word.text, '*', word.bytes) != NULL) {
            return import_log_bad(reader->log, "zone %s has blocks that are none: '%s'",
                                  oom_kind_names[reader->open->kind], word_show(word).text);
        }
    }
    return true;
}

static bool begin_blocks(struct oom_reader *reader, uint32_t node, enum oom_kind kind,
                         struct line_rest rest)
{
    struct line_rest look = rest;
    struct word next = take_word(&look);
    uint64_t count;
    uint64_t kib;
    bool counts = is_block_count(next, &count, &kib);

    if (!counts && (next.bytes > 0 || !reader->reading))
        return true; /* "HighMem: empty", or another message */
    if (!check_closed(reader))
        return false;
    struct oom_zone *zone = line_zone(reader, OOM_MEM_INFO, node, kind, true);
    if (zone == NULL)
        return false;
    zone->has_blocks = true;
    reader->sizes = NULL;
    reader->open = zone;
    reader->open_order = 0;
    return take_blocks(reader, rest);
}

/* ---- /proc/buddyinfo and /proc/pagetypeinfo ---- */

/* "Free pages count per migrate type at order 0 1", "Number of blocks type Unmovable Movable" */
static bool take_heading(struct oom_reader *reader, struct line_rest line)
{
    static const char counts[] = "Number of blocks type";
    const char *at = find(line, counts);
    struct line_rest rest;

    if (find(line, "Free pages count per migrate type") != NULL) {
        if (!reader->reading || has_blocks(&reader->now) || reader->now.source != OOM_PAGETYPEINFO)
            begin(reader, OOM_PAGETYPEINFO);
        return true;
    }
    if (at == NULL)
        return false;
    rest = (struct line_rest){at + sizeof counts - 1, line.end};
    reader->counts_types = true;
    reader->movable_column = 0;
    for (struct word word = take_word(&rest); word.bytes > 0 && !word_is(word, "Movable");
         word = take_word(&rest))
        reader->movable_column++;
    return true;
}

static bool take_type_counts(struct oom_reader *reader, uint32_t node, enum oom_kind kind,
                             struct line_rest rest)
{
    struct oom_zone *zone = find_zone(&reader->now, node, kind);
    uint64_t count;

    for (uint32_t column = 0; zone != NULL && is_number(take_word(&rest), &count); column++)
        if (count < UINT32_MAX) {
            zone->pageblocks += count;
            zone->pageblocks_movable += column == reader->movable_column ? count : 0;
        }
    return true;
}

/* Numbers of blocks by order. /proc/pagetypeinfo has a line for each type, and writes >100000 for
   more. */
static bool take_numbers(struct oom_reader *reader, struct oom_zone *zone, bool usual,
                         struct line_rest rest)
{
    uint32_t order = 0;

    for (struct word word = take_word(&rest); word.bytes > 0; word = take_word(&rest)) {
        uint64_t count;

        if (*word.text == '>') {
            word.text++;
            word.bytes--;
        }
        if (!is_number(word, &count) || count > BLOCKS_MAX || order == OOM_ORDERS_MAX)
            return import_log_bad(reader->log, "zone %s has a number of blocks that is none: '%s'",
                                  oom_kind_names[zone->kind], word_show(word).text);
        zone->blocks[order] += count;
        zone->usual[order++] += usual ? count : 0;
    }
    zone->has_blocks = order > 0;
    return true;
}

/* The words behind "Node N, zone ". */
static bool take_proc(struct oom_reader *reader, uint32_t node, struct line_rest rest)
{
    struct word name = take_word(&rest);
    struct word typed = without_end(name, ',');
    struct line_rest look = rest;
    enum oom_kind kind;
    uint64_t number;
    struct oom_zone *zone;
    bool usual = true;

    if (!import_log_check_end(reader->log))
        return false;
    if (!is_kind(typed.bytes > 0 ? typed : name, &kind))
        return true; /* ZONE_DEVICE */
    if (typed.bytes > 0) {
        struct word type = {NULL, 0};

        if (word_is(take_word(&rest), "type"))
            type = take_word(&rest);
        if (!reader->reading || reader->now.source != OOM_PAGETYPEINFO)
            begin(reader, OOM_PAGETYPEINFO);
        zone = find_zone(&reader->now, node, kind);
        if (zone == NULL)
            zone = line_zone(reader, OOM_PAGETYPEINFO, node, kind, false);
        usual = !word_is(type, "HighAtomic") && !word_is(type, "CMA") && !word_is(type, "Isolate");
        return zone != NULL && take_numbers(reader, zone, usual, rest);
    }
    if (!is_number(take_word(&look), &number))
        return true; /* /proc/zoneinfo */
    if (reader->counts_types)
        return take_type_counts(reader, node, kind, rest);
    zone = line_zone(reader, OOM_BUDDYINFO, node, kind, true);
    return zone != NULL && take_numbers(reader, zone, true, rest);
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
            return take_proc(reader, node, rest);
        }
        if (listed.bytes > 0 && is_kind(listed, &kind)) {
            *known = true;
            return begin_blocks(reader, node, kind, rest);
        }
        if (is_kind(word, &kind) && words_start(take_word(&look), "free:")) {
            reader->sizes = line_zone(reader, OOM_MEM_INFO, node, kind, false);
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
    const char *reserves = find(line, "lowmem_reserve[]:");
    const char *pages = find(line, "Pages per block:");
    bool known = false;

    if (reserves != NULL && reader->sizes != NULL) {
        take_reserves(reader->sizes,
                      (struct line_rest){reserves + strlen("lowmem_reserve[]:"), line.end});
        reader->sizes = NULL;
        return true;
    }
    if (find(line, "Mem-Info:") != NULL || find(line, "Mem-info:") != NULL) {
        if (!reader->reading || reader->now.zone_count > 0)
            begin(reader, OOM_MEM_INFO);
        return true;
    }
    if (pages != NULL) {
        struct line_rest rest = {pages + strlen("Pages per block:"), line.end};

        begin(reader, OOM_PAGETYPEINFO);
        (void)is_number(take_word(&rest), &reader->now.pageblock_pages);
        return true;
    }
    if (take_heading(reader, line))
        return true;
    if (!take_zone_line(reader, line, &known))
        return false;
    reader->other_lines += !known;
    return true;
}

bool oom_take_line(struct oom_reader *reader, struct line_rest line)
{
    enum oom_source source;
    const char *head = find_request(line, &source);
    uint32_t order = reader->open_order;

    if (head != NULL)
        return take_request(reader, line, head, source);
    if (reader->open == NULL)
        return take_other(reader, line);
    if (!take_blocks(reader, line)) {
        if (reader->open != NULL)
            reader->open->has_blocks = false;
        reader->open = NULL;
        return false;
    }
    return reader->open == NULL || reader->open_order != order || take_other(reader, line);
}
