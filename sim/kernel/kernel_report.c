/* The full text of the last failure: what failed and where, the walk of the page tables, registers,
   and the stack of calls. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel_failure.h"
#include "kernel/kernel_state.h"
#include "machine/mmu.h"
#include "machine/stale_use.h"
#include "trace/memory.h"
#include "trace/printable.h"

#define LINE_BYTES      2048u
#define BACKTRACE_BYTES 16384u

/* ---- the first lines ---- */

/* Print "; table entry 1 was 0x01500163 (...) and is 0x00000000 (not present)". */
static void put_entries(const struct control_event *event, FILE *out)
{
    const struct control_stale *stale = &event->stale;
    uint32_t index =
        stale->in_directory ? directory_index(vaddr(stale->va)) : table_index(vaddr(stale->va));

    fprintf(out, "; %s entry %" PRIu32 " was %s and is %s",
            stale->in_directory ? "directory" : "table", index,
            mmu_entry_text(stale->old_entry).text, mmu_entry_text(stale->new_entry).text);
}

/* For an early free of a frame that the tables still map. (The sentence before has named CR3.) */
static void put_still_mapped(const struct control_event *event, FILE *out)
{
    if (event->stale.kind != STALE_DIRECTORY)
        fprintf(out, "; the %s entry is still %s",
                event->stale.in_directory ? "directory" : "table",
                mmu_entry_text(event->stale.new_entry).text);
}

static void put_change(const struct kernel *kernel, const struct kernel_failure *failure, FILE *out)
{
    if (failure->changed_at[0] != '\0')
        fprintf(out, " since %s", failure->changed_at);
    else if (kernel->event.stale.cr3_loaded)
        fputs(" since CR3 was loaded", out);
    else
        fputs(" by a store that was not seen", out);
}

static void put_what(const struct kernel *kernel, const struct kernel_failure *failure, FILE *out)
{
    fputs(failure->what, out);
    if (failure->where[0] != '\0')
        fprintf(out, " %s %s", kernel->ended == KERNEL_STALE_TLB ? "by" : "at", failure->where);
    if (failure->missing[0] != '\0') {
        if (kernel->event.stale.still_mapped) {
            put_still_mapped(&kernel->event, out);
        } else {
            put_entries(&kernel->event, out);
            put_change(kernel, failure, out);
        }
        fprintf(out, "; missing: %s", failure->missing);
    }
    fputc('\n', out);
    if (failure->exception[0] != '\0')
        fprintf(out, "%s\n", failure->exception);
    if (failure->first_exception[0] != '\0')
        fprintf(out, "%s\n", failure->first_exception);
}

/* ---- the walk ---- */

static void put_walk(const struct kernel *kernel, const struct kernel_failure *failure, FILE *out)
{
    struct table_walk walk = kernel_table_walk(kernel, failure->address);

    if (!failure->has_address)
        return;
    fprintf(out, "page tables of 0x%08" PRIx32 ":\n", failure->address);
    if (!walk.paging) {
        fputs("  paging is off\n", out);
        return;
    }
    fprintf(out, "  cr3 0x%08" PRIx32 ", directory entry %" PRIu32 ": %s\n", kernel->registers.cr3,
            directory_index(vaddr(failure->address)), mmu_entry_text(walk.directory_entry).text);
    if (walk.has_table_entry)
        fprintf(out, "  table entry %" PRIu32 ": %s\n", table_index(vaddr(failure->address)),
                mmu_entry_text(walk.table_entry).text);
}

/* ---- registers ---- */

static void put_registers(const struct control_registers *registers, FILE *out)
{
    const uint32_t *general = registers->general;
    const struct segment *segment = registers->segment;

    fprintf(out, "registers:\n");
    fprintf(out, "  eax %08" PRIx32 "  ebx %08" PRIx32 "  ecx %08" PRIx32 "  edx %08" PRIx32 "\n",
            general[EAX], general[EBX], general[ECX], general[EDX]);
    fprintf(out, "  esi %08" PRIx32 "  edi %08" PRIx32 "  ebp %08" PRIx32 "  esp %08" PRIx32 "\n",
            general[ESI], general[EDI], general[EBP], general[ESP]);
    fprintf(out,
            "  eip %08" PRIx32 "  eflags %08" PRIx32 "  cr0 %08" PRIx32 "  cr2 %08" PRIx32
            "  cr3 %08" PRIx32 "  cr4 %08" PRIx32 "\n",
            registers->eip, registers->eflags, registers->cr0, registers->cr2, registers->cr3,
            registers->cr4);
    fprintf(out, "  cs %04x  ss %04x  ds %04x  es %04x  fs %04x  gs %04x  ring %" PRIu32 "\n",
            segment[SEG_CS].selector, segment[SEG_SS].selector, segment[SEG_DS].selector,
            segment[SEG_ES].selector, segment[SEG_FS].selector, segment[SEG_GS].selector,
            registers->cpl);
}

/* ---- calls ---- */

static bool read_guest(void *context, uint32_t va, void *bytes, size_t count)
{
    return kernel_peek(context, va, bytes, count);
}

static void put_backtrace(struct kernel *kernel, FILE *out)
{
    const struct control_registers *registers = &kernel->registers;
    struct backtrace_guest guest = {.state.eip = registers->eip,
                                    .handled =
                                        registers->handled.in_progress ? &registers->handled : NULL,
                                    .read = read_guest,
                                    .context = kernel};
    struct backtrace_call call[BACKTRACE_FRAMES_MAX];
    char *text = memory_zeroed(BACKTRACE_BYTES, 1);

    memcpy(guest.state.general, registers->general, sizeof guest.state.general);
    size_t count = backtrace_walk(&guest, kernel->frames, &kernel->symbols, call);
    fputs("calls:\n", out);
    backtrace_text(call, count, &kernel->symbols, kernel->lines, text, BACKTRACE_BYTES);
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;)
        if (line[0] != '\0')
            fprintf(out, "  %s\n", printable(line).text);
    free(text);
}

/* ---- the whole report ---- */

static void put_report(struct kernel *kernel, const struct kernel_failure *failure, FILE *out)
{
    put_what(kernel, failure, out);
    if (kernel->process.pid == 0)
        return; /* the registers are not known */
    put_walk(kernel, failure, out);
    put_registers(&kernel->registers, out);
    put_backtrace(kernel, out);
    if (lines_missing() != NULL)
        fprintf(out, "source lines are missing: %s\n", lines_missing());
}

const char *kernel_report(struct kernel *kernel)
{
    const struct kernel_failure *failure = kernel_last_failure(kernel);
    size_t bytes = 0;

    if (failure == NULL)
        return "";
    if (kernel->report != NULL)
        return kernel->report;
    FILE *out = open_memstream(&kernel->report, &bytes);
    if (out == NULL)
        memory_exhausted("a report");
    put_report(kernel, failure, out);
    fclose(out);
    return kernel->report;
}
