/* The parts of the reader of reports (oom_report.h), which its files share. */
#ifndef TRACE_OOM_READER_H
#define TRACE_OOM_READER_H

#include "log_fields.h"
#include "oom_report.h"

/* ---- words ---- */

static inline struct word take_word(struct line_rest *rest)
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

static inline struct line_rest rest_of_word(struct word word)
{
    return (struct line_rest){word.text, word.text + word.bytes};
}

static inline const char *find_text(struct line_rest rest, const char *text)
{
    return memmem(rest.at, (size_t)(rest.end - rest.at), text, strlen(text));
}

/* The word without this character at its end; without a word if it does not end so. */
static inline struct word without_end(struct word word, char end)
{
    if (word.bytes == 0 || word.text[word.bytes - 1] != end)
        return (struct word){word.text, 0};
    return (struct word){word.text, word.bytes - 1};
}

static inline bool is_number(struct word word, uint64_t *number)
{
    struct line_rest rest = rest_of_word(word);

    return word.bytes > 0 && *word.text >= '0' && *word.text <= '9' &&
           rest_take_number(&rest, number) == NUMBER_OK && rest.at == rest.end;
}

static inline bool is_kind(struct word word, enum oom_kind *kind)
{
    for (uint32_t i = 0; i < OOM_KIND_COUNT; i++)
        if (word_is(word, oom_kind_names[i])) {
            *kind = (enum oom_kind)i;
            return true;
        }
    return false;
}

/* ---- reports (oom_report.c) ---- */

/* Tells if a zone of the report has its free blocks. */
bool oom_has_blocks(const struct oom_report *report);

/* false after import_log_bad(): the list of blocks that is being read has no sum. It is closed. */
bool oom_check_closed(struct oom_reader *reader);

/* Ends the report that is being read, and begins another one with this line. */
void oom_begin(struct oom_reader *reader, enum oom_source source);

/* Returns a zone of a report, or NULL. */
struct oom_zone *oom_find_zone(struct oom_report *report, uint32_t node, enum oom_kind kind);

/* Returns the zone that a line is about. A line that the report has already begins the next report.
   NULL after import_log_bad(): the report has too many zones. */
struct oom_zone *oom_line_zone(struct oom_reader *reader, enum oom_source source, uint32_t node,
                               enum oom_kind kind, bool of_blocks);

/* ---- the request (oom_request.c) ---- */

/* "ls: page allocation failure: order:3, mode:0xd0". Finds where the task ends; NULL: the line is
   of another kind. */
const char *oom_find_request(struct line_rest line, enum oom_source *source);

/* Takes such a line. false after import_log_bad(). */
bool oom_take_request(struct oom_reader *reader, struct line_rest line, const char *head,
                      enum oom_source source);

/* ---- free blocks (oom_blocks.c, oom_proc.c) ---- */

#define OOM_BLOCKS_MAX (UINT64_C(1) << 36) /* of one order: 256 TiB */

/* Takes the words behind "Node 0 Normal:". false after import_log_bad(). */
bool oom_begin_blocks(struct oom_reader *reader, uint32_t node, enum oom_kind kind,
                      struct line_rest rest);

/* Takes the words of a list of blocks that has begun, maybe in an earlier line. false after
   import_log_bad(). */
bool oom_take_blocks(struct oom_reader *reader, struct line_rest rest);

/* Takes "Free pages count per migrate type at order 0 1" and "Number of blocks type Unmovable
   Movable". false: the line is neither. */
bool oom_take_heading(struct oom_reader *reader, struct line_rest line);

/* Takes the words behind "Node N, zone ". false after import_log_bad(). */
bool oom_take_proc(struct oom_reader *reader, uint32_t node, struct line_rest rest);

#endif
