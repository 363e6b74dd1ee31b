#include "report/phrases.h"

#include <inttypes.h>
#include <string.h>

#include <mm/pgtable.h>
#include <mm/strategy.h>

#include "report/numbers.h"
#include "trace/printable.h"

#define SITE_WIDTH 60u /* bytes */

/* ---- lists ---- */

uint32_t set_count(strategy_set set)
{
    return (uint32_t)__builtin_popcount(set);
}

static const char *separator(uint32_t index, uint32_t count, const char *last)
{
    if (index == 0)
        return "";
    return index + 1u == count ? last : ", ";
}

const char *list_separator(uint32_t index, uint32_t count)
{
    return separator(index, count, " and ");
}

const char *alternative_separator(uint32_t index, uint32_t count)
{
    return separator(index, count, " or ");
}

void phrase_strategy(struct prose *prose, const struct strategy *strategy)
{
    const struct prose_mark mark = {.strategy = strategy->name};

    prose_put_marked(prose, mark, "%s", strategy->name);
}

void phrase_strategies(struct prose *prose, const struct finding_facts *facts, strategy_set set)
{
    uint32_t index = 0;

    for (uint32_t i = 0; i < facts->count; i++) {
        if (!set_has(set, i))
            continue;
        prose_put(prose, "%s", list_separator(index++, set_count(set)));
        phrase_strategy(prose, facts->runs[i].strategy);
    }
}

/* ---- numbers ---- */

static const struct prose_mark strong = {.strong = true};

struct number_text number_word(uint64_t count)
{
    static const char *const words[] = {"no",  "one",   "two",   "three", "four", "five",
                                        "six", "seven", "eight", "nine",  "ten"};
    struct number_text text;

    if (count >= sizeof words / sizeof words[0])
        return number_grouped(count);
    snprintf(text.text, sizeof text.text, "%s", words[count]);
    return text;
}

const char *plural_s(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* In a sentence, the signs of a table are words. */
static struct number_text signs_to_words(struct number_text share)
{
    struct number_text text;

    if (share.text[0] != '<' && share.text[0] != '>')
        return share;
    snprintf(text.text, sizeof text.text, "%s than %.20s", share.text[0] == '<' ? "less" : "more",
             share.text + 2);
    return text;
}

struct number_text phrase_share_text(uint64_t part, uint64_t whole)
{
    return signs_to_words(number_share(part, whole));
}

struct number_text phrase_share_fine_text(uint64_t part, uint64_t whole)
{
    return signs_to_words(number_share_fine(part, whole));
}

struct number_text phrase_size_text(uint64_t bytes)
{
    struct number_text text = number_size(bytes);
    uint64_t unit = 1;

    while (bytes / unit >= 1024u)
        unit *= 1024u;
    char *tenths = bytes % unit == 0 ? strstr(text.text, ".0 ") : NULL;
    if (tenths != NULL)
        memmove(tenths, tenths + 2, strlen(tenths + 2) + 1u);
    return text;
}

void phrase_size(struct prose *prose, uint64_t bytes)
{
    prose_put_marked(prose, strong, "%s", phrase_size_text(bytes).text);
}

void phrase_count(struct prose *prose, uint64_t count)
{
    prose_put_marked(prose, strong, "%s", number_grouped(count).text);
}

void phrase_free(struct prose *prose, uint64_t bytes)
{
    if (bytes == 0)
        prose_put(prose, "nothing is free");
    else
        prose_put(prose, "%s are free", phrase_size_text(bytes).text);
}

/* ---- events and their owners ---- */

void phrase_event(struct prose *prose, uint64_t event)
{
    const struct prose_mark mark = {.event = event};

    prose_put_marked(prose, mark, "event %s", number_grouped(event).text);
}

void phrase_party(struct prose *prose, struct trace *trace, const struct failure_party *party)
{
    const struct prose_mark code = {.code = true};
    const char *site = party->site != SITE_NONE ? trace_site_name(trace, party->site) : NULL;

    if (party->process != 0)
        prose_put(prose, "process %" PRIu64, party->process);
    else if (site != NULL)
        prose_put_marked(prose, code, "%s", printable_within(site, SITE_WIDTH).text);
    else
        prose_put(prose, "an unnamed site");
}

/* ---- requests ---- */

static void put_access(struct prose *prose, const struct replay_failure *failure)
{
    prose_put(prose, "a %s of process %" PRIu64 " at 0x%08" PRIx32,
              (failure->access.error_code & FAULT_WRITE) != 0 ? "write" : "read", failure->process,
              failure->access.va.value);
}

static void put_number_of_pages(struct prose *prose, uint32_t pages)
{
    if (pages == 1)
        prose_put(prose, "one page");
    else
        prose_put(prose, "%s contiguous pages", number_grouped(pages).text);
}

void phrase_pages(struct prose *prose, uint32_t least_bytes, uint32_t most_bytes)
{
    uint32_t least = least_bytes >> PAGE_SHIFT;

    prose_put(prose, "requests for ");
    if (least_bytes != most_bytes)
        prose_put(prose, "%s to ", number_grouped(least).text);
    put_number_of_pages(prose, most_bytes >> PAGE_SHIFT);
}

void phrase_request(struct prose *prose, const struct replay_failure *failure)
{
    static const char *const nouns[REQUEST_COUNT] = {
        [REQUEST_KMALLOC] = "a kmalloc of",     [REQUEST_VMALLOC] = "a vmalloc of",
        [REQUEST_TOUCH] = "a touch by process", [REQUEST_PROCESS] = "the creation of process",
        [REQUEST_MAP] = "a map by process",     [REQUEST_SETBRK] = "a setbrk by process",
    };

    if (failure->cause == MM_BAD_ACCESS) {
        put_access(prose, failure);
    } else if (failure->process != 0) {
        prose_put(prose, "%s %" PRIu64, nouns[failure->request], failure->process);
    } else if (failure->request == REQUEST_PAGES) {
        prose_put(prose, "a request for ");
        put_number_of_pages(prose, failure->bytes >> PAGE_SHIFT);
    } else {
        prose_put(prose, "%s %s", nouns[failure->request], phrase_size_text(failure->bytes).text);
    }
}
