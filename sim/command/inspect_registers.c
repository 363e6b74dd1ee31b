#include "command/inspect_registers.h"

#include <elf.h>
#include <inttypes.h>

#include "machine/numbers.h"

#define CR3_PWT_PCD         0x018u /* the two of the low bits that the CPU does not ignore */
#define CR4_PCIDE           0x20000u
#define X86_64_KERNEL_START UINT64_C(0xffffffff80000000) /* Linux maps its image from here on */

/* What is known so far. */
struct registers {
    const struct arguments *arguments;
    const char *name;
    const struct core_notes *notes; /* of a core, or NULL */
    const struct core_cpu *cpu;     /* whose registers count, or NULL */
    const struct paging_mode *mode; /* NULL: not yet */
    uint32_t cr4;
};

static const char *option_value(const struct registers *registers, enum option_name option)
{
    return registers->arguments->value[option];
}

/* Read the number of an option that was given. Returns false after a message. */
static bool option_number(const struct registers *registers, enum option_name option,
                          uint64_t *number)
{
    const char *text = option_value(registers, option);
    const char *reason;

    if (number64_parse(text, number, &reason))
        return true;
    bad_input("--%s %s: %s", option_specs[option].word, text, reason);
    return false;
}

/* ---- the mode ---- */

static bool mode_of_option(struct registers *registers)
{
    const char *name = option_value(registers, OPTION_MODE);

    if (name == NULL)
        return true;
    registers->mode = paging_mode_find(name);
    if (registers->mode == NULL)
        bad_input("--mode %s: expected 32bit, pae, long, la57, sv39, sv48 or sv57", name);
    return registers->mode != NULL;
}

static const char *x86_64_mode(const struct registers *registers)
{
    if (registers->cpu != NULL || option_value(registers, OPTION_CR4) != NULL)
        return registers->cr4 & CR4_LA57 ? "la57" : "long";
    return registers->notes->has_la57 ? "la57" : "long";
}

static const char *i386_mode(const struct registers *registers)
{
    if (registers->cpu != NULL || option_value(registers, OPTION_CR4) != NULL)
        return registers->cr4 & CR4_PAE ? "pae" : "32bit";
    return registers->notes->has_pae ? "pae" : "32bit";
}

static bool riscv_mode(struct registers *registers)
{
    const char *mode = registers->notes->va_bits == 57   ? "sv57"
                       : registers->notes->va_bits == 48 ? "sv48"
                       : registers->notes->va_bits == 39 ? "sv39"
                                                         : NULL;

    if (mode == NULL) {
        bad_input("%s: the core does not say which paging RISC-V uses: give --satp VALUE, as "
                  "QEMU's `info registers` prints it",
                  registers->name);
        return false;
    }
    registers->mode = paging_mode_find(mode);
    return true;
}

/* Guess the mode. CR4 alone cannot tell PAE from long mode. */
static bool mode_guess(struct registers *registers)
{
    if (registers->mode != NULL)
        return true;
    if (registers->notes != NULL && registers->notes->machine == EM_RISCV)
        return riscv_mode(registers);
    if (registers->notes != NULL) {
        registers->mode = paging_mode_find(
            registers->notes->machine == EM_X86_64 ? x86_64_mode(registers) : i386_mode(registers));
        return true;
    }
    if (registers->cr4 & CR4_PAE) {
        bad_input("--cr4 %s: PAE is on, and with it the tables have three levels or more: --mode "
                  "pae, --mode long or --mode la57 says how many",
                  option_value(registers, OPTION_CR4));
        return false;
    }
    registers->mode = paging_mode_find("32bit");
    return true;
}

/* ---- CR4 and the CPU ---- */

static bool choose_cpu(struct registers *registers)
{
    const char *text = option_value(registers, OPTION_CPU);
    uint32_t count = registers->notes != NULL ? registers->notes->cpu_count : 0;
    uint64_t number = 0;

    if (text != NULL && !option_number(registers, OPTION_CPU, &number))
        return false;
    if (text != NULL && number >= count) {
        bad_input("--cpu %s: %s has the registers of %" PRIu32 " CPUs", text, registers->name,
                  count);
        return false;
    }
    if (count != 0)
        registers->cpu = &registers->notes->cpus[number];
    return true;
}

static bool choose_cr4(struct registers *registers)
{
    uint64_t cr4 = registers->cpu != NULL ? registers->cpu->cr4 : CR4_PSE;

    if (option_value(registers, OPTION_CR4) != NULL && !option_number(registers, OPTION_CR4, &cr4))
        return false;
    registers->cr4 = (uint32_t)cr4;
    return true;
}

/* ---- the root table ---- */

static bool root_of_satp(struct registers *registers, uint64_t *root)
{
    const char *text = option_value(registers, OPTION_SATP);
    uint64_t satp;

    if (!option_number(registers, OPTION_SATP, &satp))
        return false;
    const struct paging_mode *mode = paging_mode_of_satp(satp);
    if (mode == NULL) {
        bad_input("--satp %s: the field MODE is %u: neither Sv39 (8) nor Sv48 (9) nor Sv57 (10)",
                  text, (unsigned)(satp >> 60));
        return false;
    }
    if (registers->mode != NULL && registers->mode != mode) {
        bad_input("--satp %s: the field MODE says %s, --mode says %s", text, mode->name,
                  registers->mode->name);
        return false;
    }
    registers->mode = mode;
    *root = paging_root_of_satp(satp);
    return true;
}

static bool root_of_option(struct registers *registers, uint64_t *root)
{
    const char *text = option_value(registers, OPTION_CR3);
    uint64_t cr3;

    if (!option_number(registers, OPTION_CR3, &cr3) || !mode_guess(registers))
        return false;
    if (registers->mode->va_bits == 32 && cr3 > UINT32_MAX) {
        bad_input("--cr3 %s: the number does not fit 32 bits, which CR3 has in --mode %s", text,
                  registers->mode->name);
        return false;
    }
    *root = paging_root_of_cr3(registers->mode, cr3);
    uint64_t ignored = cr3 & ~*root & ~(uint64_t)CR3_PWT_PCD;
    if (ignored != 0 && !(registers->cr4 & CR4_PCIDE))
        print_warning("--cr3 %s: bits %03" PRIx64 " are no part of the address: ignored", text,
                      ignored);
    return true;
}

static bool root_of_cpu(struct registers *registers, uint64_t *root)
{
    const struct core_cpu *cpu = registers->cpu;
    unsigned number = (unsigned)(cpu - registers->notes->cpus);

    if (!(cpu->cr0 & CR0_PG)) {
        bad_input("%s: paging is off in CPU %u (CR0 is %08" PRIx64 "): nothing maps its memory; "
                  "--cr3 ADDR reads tables nevertheless",
                  registers->name, number, cpu->cr0);
        return false;
    }
    if (!mode_guess(registers))
        return false;
    *root = paging_root_of_cr3(registers->mode, cpu->cr3);
    print_warning("%s: %s (--mode %s), CR3 %08" PRIx64 ", CR4 %08" PRIx32 " of CPU %u of %" PRIu32,
                  registers->name, registers->mode->description, registers->mode->name, cpu->cr3,
                  registers->cr4, number, registers->notes->cpu_count);
    return true;
}

/* Linux names its own table in VMCOREINFO, by a virtual address. */
static bool root_of_kernel(struct registers *registers, uint64_t *root)
{
    const struct core_notes *notes = registers->notes;
    uint64_t table = notes->kernel_table;

    if (notes->has_kernel_table_pa) {
        *root = notes->kernel_table_pa;
    } else if (notes->has_kernel_table && notes->machine == EM_X86_64 &&
               table >= X86_64_KERNEL_START) {
        *root = table - X86_64_KERNEL_START + notes->phys_base;
    } else {
        bad_input("%s: the core has no registers that say where the page tables are: %s",
                  registers->name,
                  notes->machine == EM_RISCV ? "give --satp VALUE, as QEMU's `info registers` "
                                               "prints it"
                                             : "give --cr3 ADDR");
        return false;
    }
    if (!mode_guess(registers))
        return false;
    print_warning("%s: %s (--mode %s), the kernel's own table at %08" PRIx64 " of VMCOREINFO",
                  registers->name, registers->mode->description, registers->mode->name, *root);
    return true;
}

static bool choose_root(struct registers *registers, uint64_t *root)
{
    bool has_satp = option_value(registers, OPTION_SATP) != NULL;
    bool has_cr3 = option_value(registers, OPTION_CR3) != NULL;

    if (has_satp && has_cr3) {
        bad_input("--satp and --cr3 exclude each other");
        return false;
    }
    if (has_satp)
        return root_of_satp(registers, root);
    if (has_cr3)
        return root_of_option(registers, root);
    if (registers->notes == NULL) {
        bad_input("inspect needs --cr3 ADDR or --satp VALUE for %s, because raw memory has no "
                  "registers",
                  registers->name);
        return false;
    }
    return registers->cpu != NULL ? root_of_cpu(registers, root) : root_of_kernel(registers, root);
}

bool registers_of_arguments(const struct arguments *arguments, const char *name,
                            const struct dump *dump, struct page_tables *tables)
{
    struct registers registers = {
        .arguments = arguments, .name = name, .notes = dump->is_core ? &dump->notes : NULL};
    uint64_t root;

    if (!mode_of_option(&registers) || !choose_cpu(&registers) || !choose_cr4(&registers) ||
        !choose_root(&registers, &root))
        return false;
    tables->mode = registers.mode;
    tables->root = root;
    tables->cr4 = registers.mode->architecture == PAGING_X86 ? registers.cr4 : 0;
    return true;
}
