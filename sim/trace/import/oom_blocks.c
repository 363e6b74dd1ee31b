/* Reads the free blocks of a zone, "5*4kB (UM) 10*8kB = 100kB", whose list may go on in later
 * lines. */
#include "oom_reader.h"

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

static bool take_count(struct oom_reader *reader, uint64_t count, uint64_t kib)
{
    struct oom_zone *zone = reader->open;
    uint32_t order = reader->open_order;

    if (order == 0 && kib >= 4 && kib <= 1024)
        zone->page_kib = (uint32_t)kib;
    if (order >= OOM_ORDERS_MAX || kib != (uint64_t)zone->page_kib << order ||
        count > OOM_BLOCKS_MAX)
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
bool oom_take_blocks(struct oom_reader *reader, struct line_rest rest)
{
    while (reader->open != NULL) {
        struct word word = take_word(&rest);
        uint64_t count;
        uint64_t kib;
        enum oom_kind next;

        if (word.bytes == 0)
            return true;
        if (is_kind(without_end(word, ':'), &next))
            return oom_check_closed(reader);
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

bool oom_begin_blocks(struct oom_reader *reader, uint32_t node, enum oom_kind kind,
                      struct line_rest rest)
{
    struct line_rest look = rest;
    struct word next = take_word(&look);
    uint64_t count;
    uint64_t kib;
    bool counts = is_block_count(next, &count, &kib);

    if (!counts && (next.bytes > 0 || !reader->reading))
        return true; /* "HighMem: empty", or another message */
    if (!oom_check_closed(reader))
        return false;
    struct oom_zone *zone = oom_line_zone(reader, OOM_MEM_INFO, node, kind, true);
    if (zone == NULL)
        return false;
    zone->has_blocks = true;
    reader->sizes = NULL;
    reader->open = zone;
    reader->open_order = 0;
    return oom_take_blocks(reader, rest);
}
