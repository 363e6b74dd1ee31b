#include "report/story.h"

#include <mm/strategy.h>

#include "report/numbers.h"

void story_make(struct story *story, const struct finding_facts *facts)
{
    *story = (struct story){0};
    prose_paragraph(&story->headline);
    prose_put(&story->headline, "The results of %u strateg%s with %s", facts->count,
              facts->count == 1 ? "y" : "ies", number_size(facts->ram_bytes).text);
    for (uint32_t i = 0; i < facts->count; i++) {
        prose_paragraph(&story->text);
        const struct prose_mark mark = {.strategy = facts->runs[i].strategy->name};
        prose_put_marked(&story->text, mark, "%s", facts->runs[i].strategy->name);
        prose_put(&story->text, " fails %s requests.",
                  number_grouped(finding_failed(&facts->runs[i])).text);
    }
}

void story_free(struct story *story)
{
    prose_free(&story->headline);
    prose_free(&story->text);
}

void story_print(const struct story *story, FILE *page)
{
    prose_print(&story->headline, page);
    fputc('\n', page);
    prose_print(&story->text, page);
}

void story_put_json(const struct story *story, struct json *json, const char *key)
{
    json_begin_object(json, key);
    json_put_text(json, "headline", story->headline.text, story->headline.text_bytes);
    prose_put_json(&story->text, json, "paragraphs");
    json_end_object(json);
}

void story_put_remedies(struct prose *prose, const struct explanation *explanation,
                        uint64_t ram_bytes)
{
    (void)prose;
    (void)explanation;
    (void)ram_bytes;
}
