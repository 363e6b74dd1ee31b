#include "text_reader.h"
#include "memory.h"
#include "tables.h"
#include "text_fields.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The IDs, or the PIDs, that are in use. */
struct names_in_use {
    struct id_map slots; /* ID -> slot */
    struct slot_pool pool;
    uint64_t *lines; /* lines[slot]: the line since which the ID is in use */
    size_t lines_capacity;
};

struct text_reader {
    struct line_reader lines;
    struct trace_writer *writer;
    struct names_in_use allocations;
    struct names_in_use processes;
    struct line_rest rest; /* of the line being read */
    const struct form *form;
    struct event event;
    char reason[384];
};

/* Takes one field of an event. false: reason says what is wrong. */
typedef bool take_field(struct text_reader *reader);

#define FIELDS_MAX 4

struct form {
    const char *word;
    size_t word_bytes;
    enum event_kind kind;
    take_field *fields[FIELDS_MAX + 1]; /* ended by NULL */
    const char *usage;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct text_reader *reader,
                                                       const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reader->reason, sizeof(reader->reason), format, arguments);
    va_end(arguments);
    return false;
}

static bool take_word(struct text_reader *reader, const char *name, struct word *word)
{
    *word = line_take_word(&reader->rest);
    if (word->bytes == 0)
        return fail(reader, "%s: %s is missing: expected '%s'", reader->form->word, name,
                    reader->form->usage);
    return true;
}

static bool take_number(struct text_reader *reader, const char *name, uint64_t least, uint64_t most,
                        uint64_t *value)
{
    struct word word;
    enum number_status status;

    if (!take_word(reader, name, &word))
        return false;
    status = word_number(word, least, most, value);
    if (status == NUMBER_NOT_ONE)
        return fail(reader, "%s: %s is '%s', which is not a number: expected '%s'",
                    reader->form->word, name, word_show(word).text, reader->form->usage);
    if (status == NUMBER_OUT_OF_RANGE)
        return fail(reader, "%s: %s is %s, out of range: expected %" PRIu64 " to %" PRIu64,
                    reader->form->word, name, word_show(word).text, least, most);
    return true;
}

static bool take_u32(struct text_reader *reader, const char *name, uint32_t least, uint32_t most,
                     uint32_t *value)
{
    uint64_t wide;

    if (!take_number(reader, name, least, most, &wide))
        return false;
    *value = (uint32_t)wide;
    return true;
}

static struct names_in_use *names_of(struct text_reader *reader)
{
    return event_is_of_process(&reader->event) ? &reader->processes : &reader->allocations;
}

/* Takes the ID or PID. It must be free if the event creates; else it must be in use, and its slot
   is that of the event. */
static bool take_id(struct text_reader *reader)
{
    struct event *event = &reader->event;
    const struct names_in_use *names = names_of(reader);
    const char *name = event_is_of_process(event) ? "PID" : "ID";
    const uint32_t *slot;

    if (!take_number(reader, name, 1, UINT64_MAX, &event->id))
        return false;
    slot = id_map_find(&names->slots, event->id);
    if (event_creates(event) != (slot == NULL))
        return slot != NULL
                   ? fail(reader, "%s: %s %" PRIu64 " is in use since line %" PRIu64,
                          reader->form->word, name, event->id, names->lines[*slot])
                   : fail(reader,
                          "%s: %s %" PRIu64 " is not in use: it was never made, or has ended",
                          reader->form->word, name, event->id);
    event->slot = slot != NULL ? *slot : 0;
    return true;
}

static bool take_bytes(struct text_reader *reader)
{
    return take_u32(reader, "BYTES", 1, UINT32_MAX, &reader->event.bytes);
}

static bool take_address(struct text_reader *reader)
{
    return take_u32(reader, "ADDR", 0, UINT32_MAX, &reader->event.address);
}

static bool take_range(struct text_reader *reader)
{
    const struct event *event = &reader->event;

    if (!take_address(reader) || !take_bytes(reader))
        return false;
    if (event->bytes - 1 > UINT32_MAX - event->address)
        return fail(reader,
                    "%s: ADDR 0x%" PRIx32 " and BYTES %" PRIu32 " reach past the end of 4 GiB",
                    reader->form->word, event->address, event->bytes);
    return true;
}

static bool take_order(struct text_reader *reader)
{
    uint32_t order = 0;
    bool ok = take_u32(reader, "ORDER", 0, ORDER_MAX, &order);

    reader->event.order = (uint8_t)order;
    return ok;
}

/* Takes one of two words; the second one sets `write`. */
static bool take_access(struct text_reader *reader, const char *read, const char *write)
{
    struct word word;

    if (!take_word(reader, "the access", &word))
        return false;
    reader->event.write = word_is(word, write);
    if (!reader->event.write && !word_is(word, read))
        return fail(reader, "%s: unknown access '%s': expected %s or %s", reader->form->word,
                    word_show(word).text, read, write);
    return true;
}

static bool take_protection(struct text_reader *reader)
{
    return take_access(reader, "r", "rw");
}

static bool take_touch(struct text_reader *reader)
{
    return take_access(reader, "r", "w");
}

/* Takes [dma] or [dma|low|user], unless the site or the end of the line comes next. */
static bool take_class(struct text_reader *reader)
{
    static const char *const names[] = {
        [PAGES_LOW] = "low", [PAGES_DMA] = "dma", [PAGES_USER] = "user"};
    bool kmalloc = reader->event.kind == EVENT_KMALLOC;
    struct line_rest before = reader->rest;
    struct word word = line_take_word(&reader->rest);

    if (word.bytes == 0 || word.text[0] == '@') {
        reader->rest = before;
        return true;
    }
    for (uint8_t page_class = PAGES_LOW; page_class <= PAGES_USER; page_class++) {
        if (word_is(word, names[page_class]) && (!kmalloc || page_class == PAGES_DMA)) {
            reader->event.page_class = page_class;
            return true;
        }
    }
    return fail(reader, "%s: unknown class '%s': expected '%s'", reader->form->word,
                word_show(word).text, reader->form->usage);
}

static bool take_site(struct text_reader *reader)
{
    struct word word = line_take_word(&reader->rest);

    if (word.bytes == 0)
        return true;
    if (word.text[0] != '@')
        return fail(reader, "%s: unexpected '%s': expected '%s'", reader->form->word,
                    word_show(word).text, reader->form->usage);
    if (word.bytes == 1 || word.bytes - 1 > MARK_TEXT_MAX)
        return fail(reader, "%s: the site's name has %zu bytes: expected 1 to %u after the @",
                    reader->form->word, word.bytes - 1, MARK_TEXT_MAX);
    reader->event.site = trace_writer_site(reader->writer, word.text + 1, word.bytes - 1);
    return true;
}

static bool take_text(struct text_reader *reader)
{
    struct line_rest *rest = &reader->rest;

    if (rest->at < rest->end) /* the blank after the word */
        rest->at++;
    reader->event.text = rest->at;
    reader->event.text_bytes = (uint32_t)(rest->end - rest->at);
    rest->at = rest->end;
    if (reader->event.text_bytes > MARK_TEXT_MAX)
        return fail(reader, "mark: the text has %" PRIu32 " bytes: expected at most %u",
                    reader->event.text_bytes, MARK_TEXT_MAX);
    return true;
}

#define WORD(word) word, sizeof(word) - 1

static const struct form forms[] = {
    {WORD("kmalloc"),
     EVENT_KMALLOC,
     {take_id, take_bytes, take_class, take_site},
     "kmalloc ID BYTES [dma] [@SITE]"},
    {WORD("krealloc"), EVENT_KREALLOC, {take_id, take_bytes}, "krealloc ID BYTES"},
    {WORD("kfree"), EVENT_KFREE, {take_id}, "kfree ID"},
    {WORD("pages"),
     EVENT_PAGES,
     {take_id, take_order, take_class, take_site},
     "pages ID ORDER [dma|low|user] [@SITE]"},
    {WORD("free_pages"), EVENT_FREE_PAGES, {take_id}, "free_pages ID"},
    {WORD("vmalloc"), EVENT_VMALLOC, {take_id, take_bytes, take_site}, "vmalloc ID BYTES [@SITE]"},
    {WORD("vfree"), EVENT_VFREE, {take_id}, "vfree ID"},
    {WORD("process"), EVENT_PROCESS, {take_id}, "process PID"},
    {WORD("map"), EVENT_MAP, {take_id, take_range, take_protection}, "map PID ADDR BYTES r|rw"},
    {WORD("unmap"), EVENT_UNMAP, {take_id, take_range}, "unmap PID ADDR BYTES"},
    {WORD("touch"), EVENT_TOUCH, {take_id, take_address, take_touch}, "touch PID ADDR r|w"},
    {WORD("setbrk"), EVENT_SETBRK, {take_id, take_address}, "setbrk PID ADDR"},
    {WORD("exit"), EVENT_EXIT, {take_id}, "exit PID"},
    {WORD("mark"), EVENT_MARK, {take_text}, "mark TEXT"},
};

static const struct form *find_form(struct word word)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const struct form *form = &forms[i];

        if (word.bytes == form->word_bytes && memcmp(word.text, form->word, word.bytes) == 0)
            return form;
    }
    return NULL;
}

static bool take_end(struct text_reader *reader)
{
    struct word word = line_take_word(&reader->rest);

    if (word.bytes != 0)
        return fail(reader, "%s: unexpected '%s': expected '%s'", reader->form->word,
                    word_show(word).text, reader->form->usage);
    return true;
}

/* Write the event, with a slot of its own where it creates, and keep the IDs in use up to date. */
static bool write_event(struct text_reader *reader)
{
    struct event *event = &reader->event;
    struct names_in_use *names = names_of(reader);
    const char *reason;

    if (event_creates(event)) {
        event->slot = slot_pool_take(&names->pool);
        names->lines =
            memory_reach(names->lines, &names->lines_capacity, event->slot, sizeof(*names->lines));
        names->lines[event->slot] = reader->lines.number;
        id_map_add(&names->slots, event->id, event->slot);
    }
    reason = trace_writer_event(reader->writer, event);
    if (reason != NULL)
        return fail(reader, "%s: ID %" PRIu64 ", made in line %" PRIu64 ": %s", reader->form->word,
                    event->id, names->lines[event->slot], reason);
    if (event_ends(event)) {
        id_map_remove(&names->slots, event->id, &event->slot);
        slot_pool_give(&names->pool, event->slot);
    }
    return true;
}

static bool read_event(struct text_reader *reader)
{
    struct word word = line_take_word(&reader->rest);

    if (word.bytes == 0)
        return true;
    reader->form = find_form(word);
    if (reader->form == NULL)
        return fail(reader, "unknown event '%s'", word_show(word).text);
    reader->event = (struct event){.kind = (uint8_t)reader->form->kind};
    for (take_field *const *field = reader->form->fields; *field != NULL; field++) {
        if (!(*field)(reader))
            return false;
    }
    return take_end(reader) && write_event(reader);
}

static bool read_first_line(struct text_reader *reader)
{
    struct word magic = line_take_word(&reader->rest);
    struct word version = line_take_word(&reader->rest);
    struct word more = line_take_word(&reader->rest);

    if (!word_is(magic, "mmtrace"))
        return fail(reader,
                    "not a trace: the first line is not 'mmtrace 1', and it is not a binary "
                    "trace either");
    if (!word_is(version, "1") || more.bytes != 0)
        return fail(reader, "version '%s' of the text form: this program knows 'mmtrace 1'",
                    word_show(version).text);
    return true;
}

static bool check_characters(struct text_reader *reader, const char *line, size_t bytes)
{
    size_t at = text_find_control(line, bytes);

    if (at < bytes)
        return fail(reader, "control character 0x%02x in column %zu", (unsigned char)line[at],
                    at + 1);
    return true;
}

static bool read_line(struct text_reader *reader, const char *line, size_t bytes)
{
    bool first = reader->lines.number == 1;

    if (reader->lines.unterminated)
        return fail(reader, "cut short: the last line does not end in a newline");
    if (bytes > 0 && line[bytes - 1] == '\r')
        bytes--;
    reader->rest = (struct line_rest){line, line + bytes};
    if (first && !read_first_line(reader))
        return false;
    return check_characters(reader, line, bytes) && (first || read_event(reader));
}

static bool read_lines(struct text_reader *reader, const char *name, struct sim_error *error)
{
    char *line;
    size_t bytes;

    for (;;) {
        if (!line_reader_next(&reader->lines, &line, &bytes, error))
            return false;
        if (line == NULL)
            return true;
        if (!read_line(reader, line, bytes))
            return sim_error_set(error, "%s:%" PRIu64 ": %s", name, reader->lines.number,
                                 reader->reason);
    }
}

static void release(struct names_in_use *names)
{
    id_map_free(&names->slots);
    slot_pool_free(&names->pool);
    free(names->lines);
}

bool text_read(struct stream_in *in, struct trace_writer *writer, struct sim_error *error)
{
    struct text_reader reader = {.writer = writer};
    bool ok;

    line_reader_open(&reader.lines, in);
    ok = read_lines(&reader, in->name, error);
    line_reader_close(&reader.lines);
    release(&reader.allocations);
    release(&reader.processes);
    return ok;
}
