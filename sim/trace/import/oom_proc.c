/* Reads the lines of /proc/buddyinfo and /proc/pagetypeinfo. */
#include "oom_reader.h"

/* "Free pages count per migrate type at order 0 1", "Number of blocks type Unmovable Movable" */
bool oom_take_heading(struct oom_reader *reader, struct line_rest line)
{
    static const char counts[] = "Number of blocks type";
    const char *at = find_text(line, counts);
    struct line_rest rest;

    if (find_text(line, "Free pages count per migrate type") != NULL) {
        if (!reader->reading || oom_has_blocks(&reader->now) ||
            reader->now.source != OOM_PAGETYPEINFO)
            oom_begin(reader, OOM_PAGETYPEINFO);
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
    struct oom_zone *zone = oom_find_zone(&reader->now, node, kind);
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
        if (!is_number(word, &count) || count > OOM_BLOCKS_MAX || order == OOM_ORDERS_MAX)
            return import_log_bad(reader->log, "zone %s has a number of blocks that is none: '%s'",
                                  oom_kind_names[zone->kind], word_show(word).text);
        zone->blocks[order] += count;
        zone->usual[order++] += usual ? count : 0;
    }
    zone->has_blocks = order > 0;
    return true;
}

/* The words behind "Node N, zone ". */
bool oom_take_proc(struct oom_reader *reader, uint32_t node, struct line_rest rest)
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
            oom_begin(reader, OOM_PAGETYPEINFO);
        zone = oom_find_zone(&reader->now, node, kind);
        if (zone == NULL)
            zone = oom_line_zone(reader, OOM_PAGETYPEINFO, node, kind, false);
        usual = !word_is(type, "HighAtomic") && !word_is(type, "CMA") && !word_is(type, "Isolate");
        return zone != NULL && take_numbers(reader, zone, usual, rest);
    }
    if (!is_number(take_word(&look), &number))
        return true; /* /proc/zoneinfo */
    if (reader->counts_types)
        return take_type_counts(reader, node, kind, rest);
    zone = oom_line_zone(reader, OOM_BUDDYINFO, node, kind, true);
    return zone != NULL && take_numbers(reader, zone, true, rest);
}
