/* System instructions: the rings that may execute them, and their effects. */
#include "kernel/instruction_case.h"
#include "support/test.h"

#define DATA 0x2000u /* where EBX points */

static int reset(void **state)
{
    (void)state;
    stub_reset();
    memset(stub_memory, 0, sizeof stub_memory);
    cpu_general_set(EBX, DATA);
    return 0;
}

/* ---- privilege ---- */

struct privilege_case {
    const char *name;
    struct code code;
    uint32_t ring0;      /* the vector in ring 0, */
    uint32_t ring3;      /* in ring 3 with IOPL 0, */
    uint32_t ring3_iopl; /* and with IOPL 3 */
};

#define N NO_EXCEPTION
#define G VECTOR_GP
#define U VECTOR_UD

static const struct privilege_case privilege_cases[] = {
    {"cli", CODE(0xfa), N, G, N},
    {"sti", CODE(0xfb), N, G, N},
    {"in al, dx", CODE(0xec), N, G, N},
    {"out 0x80, eax", CODE(0xe7, 0x80), N, G, N},
    {"insb", CODE(0x6c), N, G, N},
    {"outsd", CODE(0x6f), N, G, N},
    {"pushf", CODE(0x9c), N, N, N},
    {"popf", CODE(0x9d), N, N, N},
    {"hlt", CODE(0xf4), N, G, G},
    {"clts", CODE(0x0f, 0x06), N, G, G},
    {"invd", CODE(0x0f, 0x08), N, G, G},
    {"wbinvd", CODE(0x0f, 0x09), N, G, G},
    {"invlpg", CODE(0x0f, 0x01, 0x3b), N, G, G},
    {"mov cr0, eax", CODE(0x0f, 0x22, 0xc0), N, G, G},
    {"mov eax, cr0", CODE(0x0f, 0x20, 0xc0), N, G, G},
    {"mov cr3, eax", CODE(0x0f, 0x22, 0xd8), N, G, G},
    {"mov dr0, eax", CODE(0x0f, 0x23, 0xc0), N, G, G},
    {"mov eax, dr7", CODE(0x0f, 0x21, 0xf8), N, G, G},
    {"lmsw ax", CODE(0x0f, 0x01, 0xf0), N, G, G},
    {"smsw eax", CODE(0x0f, 0x01, 0xe0), N, N, N},
    {"lgdt [ebx]", CODE(0x0f, 0x01, 0x13), N, G, G},
    {"lidt [ebx]", CODE(0x0f, 0x01, 0x1b), N, G, G},
    {"sgdt [ebx]", CODE(0x0f, 0x01, 0x03), N, N, N},
    {"sidt [ebx]", CODE(0x0f, 0x01, 0x0b), N, N, N},
    {"lldt ax", CODE(0x0f, 0x00, 0xd0), N, G, G},
    {"ltr ax", CODE(0x0f, 0x00, 0xd8), N, G, G},
    {"sldt eax", CODE(0x0f, 0x00, 0xc0), N, N, N},
    {"str eax", CODE(0x0f, 0x00, 0xc8), N, N, N},
    {"rdmsr", CODE(0x0f, 0x32), N, G, G},
    {"wrmsr", CODE(0x0f, 0x30), N, G, G},
    {"rdtsc", CODE(0x0f, 0x31), N, N, N},
    {"rdpmc", CODE(0x0f, 0x33), G, G, G},
    {"cpuid", CODE(0x0f, 0xa2), N, N, N},
    {"sysexit", CODE(0x0f, 0x35), N, G, G},
    {"syscall", CODE(0x0f, 0x05), U, U, U},
    {"sysret", CODE(0x0f, 0x07), U, U, U},
    {"rdtscp", CODE(0x0f, 0x01, 0xf9), U, U, U},
    {"xgetbv", CODE(0x0f, 0x01, 0xd0), U, U, U},
    {"rdrand eax", CODE(0x0f, 0xc7, 0xf0), U, U, U},
    {"ud2", CODE(0x0f, 0x0b), U, U, U},
};

static void check_privilege(const struct privilege_case *test, uint32_t cpl, uint32_t iopl,
                            uint32_t vector)
{
    reset(NULL);
    stub_set_ring(cpl, iopl);
    cpu_general_set(ECX, 0x1b); /* an MSR that there is */
    cpu_general_set(EDI, DATA);
    cpu_general_set(ESI, DATA);
    cpu_general_set(EAX, CR0_PE);
    cpu.sysenter.cs = 8;
    case_raises(test->name, &test->code, vector);
}

TEST(test_privilege)
{
    for (uint32_t i = 0; i < LENGTH(privilege_cases); i++) {
        const struct privilege_case *test = &privilege_cases[i];
        check_privilege(test, 0, 0, test->ring0);
        check_privilege(test, 3, 0, test->ring3);
        check_privilege(test, 3, 3, test->ring3_iopl);
    }
}

/* ---- control and debug registers ---- */

TEST(test_control_registers)
{
    const struct code to_cr2 = CODE(0x0f, 0x22, 0xd0), from_cr2 = CODE(0x0f, 0x20, 0xd1);
    const struct code to_cr4 = CODE(0x0f, 0x22, 0xe0), from_cr4 = CODE(0x0f, 0x20, 0xe1);
    const struct code to_cr3 = CODE(0x0f, 0x22, 0xd8), to_cr0 = CODE(0x0f, 0x22, 0xc0);

    cpu_general_set(EAX, 0x12345678);
    case_done("mov cr2", &to_cr2);
    case_done("mov ecx, cr2", &from_cr2);
    assert_int_equal(cpu_general(ECX), 0x12345678);
    case_done("mov cr3", &to_cr3);
    assert_int_equal(stub.cr3_loads, 1);
    cpu_general_set(EAX, CR4_PSE);
    case_done("mov cr4", &to_cr4);
    case_done("mov ecx, cr4", &from_cr4);
    assert_int_equal(cpu_general(ECX), CR4_PSE);
    cpu_general_set(EAX, CR0_PG);
    case_raises("PG without PE", &to_cr0, VECTOR_GP);
}

TEST(test_machine_status_word)
{
    const struct code lmsw = CODE(0x0f, 0x01, 0xf0), clts = CODE(0x0f, 0x06);
    const struct code smsw = CODE(0x0f, 0x01, 0xe1), smsw_memory = CODE(0x0f, 0x01, 0x23);

    cpu_general_set(EAX, 0xfffffff0u | CR0_TS | CR0_MP);
    case_done("lmsw", &lmsw);
    assert_int_equal(cpu.machine.mmu.cr0, CR0_PE | CR0_ET | CR0_TS | CR0_MP);
    case_done("clts", &clts);
    assert_int_equal(cpu.machine.mmu.cr0, CR0_PE | CR0_ET | CR0_MP);
    cpu.machine.mmu.cr0 |= CR0_PG;
    case_done("smsw ecx", &smsw);
    assert_int_equal(cpu_general(ECX), CR0_PG | CR0_PE | CR0_ET | CR0_MP);
    stub_store32(DATA, 0xffffffffu);
    case_done("smsw [ebx]", &smsw_memory);
    assert_int_equal(stub_load32(DATA), 0xffff0000u | CR0_PE | CR0_ET | CR0_MP);
}

TEST(test_invlpg_adds_the_segment)
{
    const struct code code = CODE(0x65, 0x0f, 0x01, 0x7b, 0x08); /* invlpg gs:[ebx+8] */

    case_done("invlpg", &code);
    assert_int_equal(stub.invalidated, STUB_GS_BASE + DATA + 8);
    assert_int_equal(stub.invalidations, 1);
}

TEST(test_debug_registers)
{
    const struct code to_dr6 = CODE(0x0f, 0x23, 0xf0), from_dr4 = CODE(0x0f, 0x21, 0xe1);

    cpu_general_set(EAX, 1);
    case_done("mov dr6, eax", &to_dr6);
    case_done("mov ecx, dr4", &from_dr4);
    assert_int_equal(cpu_general(ECX), 0xffff0ff1u);
    cpu.machine.mmu.cr4 = 8; /* DE */
    case_raises("DR4 with DE", &from_dr4, VECTOR_UD);
}

/* ---- tables ---- */

TEST(test_table_registers)
{
    const struct code lgdt = CODE(0x0f, 0x01, 0x13), lidt_word = CODE(0x66, 0x0f, 0x01, 0x1b);
    const struct code sgdt = CODE(0x0f, 0x01, 0x43, 0x10);

    stub_store32(DATA, 0x56780123u);
    stub_store32(DATA + 4, 0xffff9abcu);
    case_done("lgdt", &lgdt);
    assert_int_equal(cpu.gdt.limit, 0x0123);
    assert_int_equal(cpu.gdt.base, 0x9abc5678u);
    case_done("lidt, word", &lidt_word);
    assert_int_equal(cpu.idt.base, 0x00bc5678u);
    case_done("sgdt", &sgdt);
    assert_memory_equal(stub_memory + DATA, stub_memory + DATA + 0x10, 6);
    stub_set_page(DATA / PAGE_SIZE, STUB_ABSENT);
    case_raises("lgdt from an absent page", &lgdt, VECTOR_PF);
    assert_int_equal(cpu.gdt.limit, 0x0123);
}

TEST(test_selector_looks)
{
    const struct code lar = CODE(0x0f, 0x02, 0xc1), lsl = CODE(0x0f, 0x03, 0xc1);
    const struct code verr = CODE(0x0f, 0x00, 0xe1), verw = CODE(0x0f, 0x00, 0xe9);

    cpu_general_set(ECX, 0x00ff0018);
    case_done("lar", &lar);
    assert_int_equal(cpu_general(EAX), 0x00c09318);
    assert_true(cpu_eflags() & FLAG_ZF);
    case_done("lsl", &lsl);
    assert_int_equal(cpu_general(EAX), 0x000ff018);
    case_done("verw", &verw);
    assert_false(cpu_eflags() & FLAG_ZF);
    case_done("verr", &verr);
    assert_true(cpu_eflags() & FLAG_ZF);
    stub.refuse_segments = true;
    case_done("lar, not valid", &lar);
    assert_int_equal(cpu_general(EAX), 0x000ff018);
    assert_false(cpu_eflags() & FLAG_ZF);
}

/* ---- the model ---- */

TEST(test_cpuid)
{
    const struct code code = CODE(0x0f, 0xa2);
    char name[13] = {0};

    case_done("leaf 0", &code);
    assert_int_equal(cpu_general(EAX), 2);
    for (uint32_t i = 0; i < 3; i++) {
        static const uint32_t order[] = {EBX, EDX, ECX};
        uint32_t word = cpu_general(order[i]);
        memcpy(name + 4 * i, &word, sizeof word);
    }
    assert_string_equal(name, "GenuineIntel");
    cpu_general_set(EAX, 1);
    case_done("leaf 1", &code);
    assert_int_equal(cpu_general(EDX) & (1u << 6 | 1u << 16), 0); /* PAE, PAT */
    assert_int_equal(cpu_general(EDX) & 0x2b9u, 0x239u);          /* FPU PSE TSC MSR APIC */
    cpu_general_set(EAX, 0x12345678);
    case_done("beyond the last", &code);
    assert_int_equal(cpu_general(EAX), 0x665b5001);
}

TEST(test_msrs)
{
    const struct code rdmsr = CODE(0x0f, 0x32), wrmsr = CODE(0x0f, 0x30);
    static const uint32_t unknown[] = {0, 0x277, 0xc0000080u, 0x175 - 0x100};

    cpu_general_set(ECX, 0x10);
    case_done("time stamp", &rdmsr);
    assert_int_equal(cpu_general(EAX), 0x9abcdef0u);
    assert_int_equal(cpu_general(EDX), 0x12345678u);
    for (uint32_t number = 0x174; number <= 0x176; number++) {
        cpu_general_set(ECX, number);
        cpu_general_set(EAX, number * 3);
        case_done("wrmsr", &wrmsr);
        cpu_general_set(EAX, 0);
        case_done("rdmsr", &rdmsr);
        assert_int_equal(cpu_general(EAX), number * 3);
    }
    for (uint32_t i = 0; i < LENGTH(unknown); i++) {
        cpu_general_set(ECX, unknown[i]);
        case_raises("an unknown one", &rdmsr, VECTOR_GP);
        case_raises("an unknown one", &wrmsr, VECTOR_GP);
    }
}

TEST(test_sysenter)
{
    const struct code sysenter = CODE(0x0f, 0x34), sysexit = CODE(0x0f, 0x35);

    stub_set_ring(3, 0);
    cpu.flags_kept |= FLAG_IF;
    cpu.sysenter = (struct control_sysenter){0, 0x7000, 0x5000};
    case_raises("without a segment", &sysenter, VECTOR_GP);
    cpu.sysenter.cs = 8;
    assert_int_equal(case_run("sysenter", &sysenter), OUTCOME_DONE);
    assert_int_equal(cpu.cpl, 0);
    assert_int_equal(cpu_eip(), 0x5000);
    assert_int_equal(cpu_general(ESP), 0x7000);
    assert_int_equal(cpu.segment[SEG_CS].selector, 8);
    assert_int_equal(cpu.segment[SEG_SS].selector, 0x10);
    assert_false(cpu_interrupts_on());
    cpu_general_set(EDX, 0x1234);
    cpu_general_set(ECX, 0x5678);
    assert_int_equal(case_run("sysexit", &sysexit), OUTCOME_DONE);
    assert_int_equal(cpu.cpl, 3);
    assert_int_equal(cpu_eip(), 0x1234);
    assert_int_equal(cpu_general(ESP), 0x5678);
    assert_int_equal(cpu.segment[SEG_CS].selector, 0x1b);
    assert_int_equal(cpu.segment[SEG_SS].selector, 0x23);
    assert_int_equal(cpu.segment[SEG_SS].rights, 0xc0f3);
}

TEST_FIXTURES(reset, NULL)
