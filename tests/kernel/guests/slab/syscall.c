/* What threads ask for. */
#include "syscall.h"

#include "console.h"
#include "descriptors.h"
#include "slab.h"
#include "string.h"

#define MSR_SYSENTER_CS  0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176

#define NAME "mmsim-4"

#ifdef BUG_STACK_OVERRUN
#define CHUNK STACK_BYTES
#else
#define CHUNK 64
#endif

/* entry.S */
extern const char sysenter_entry[];
bool copy_user(void *to, const void *from, uint32_t n);

static void write_msr(uint32_t msr, uint32_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"(value), "d"(0));
}

void syscall_init(void)
{
    descriptors_allow_user(SYSCALL_VECTOR);
    write_msr(MSR_SYSENTER_CS, SEL_KERNEL_CODE);
    write_msr(MSR_SYSENTER_EIP, (uint32_t)sysenter_entry);
}

void syscall_set_stack(uint32_t top)
{
    write_msr(MSR_SYSENTER_ESP, top);
}

/* Below the kernel. Whether something is mapped there, copy_user() finds out. */
static bool is_user_range(uint32_t address, uint32_t n)
{
    return address <= USER_END && n <= USER_END - address;
}

static int sys_write(uint32_t address, uint32_t n)
{
    char chunk[CHUNK];

    if (!is_user_range(address, n))
        return -1;
    for (uint32_t done = 0; done < n;) {
        uint32_t part = n - done < 64 ? n - done : 64;

        if (!copy_user(chunk, (const char *)address + done, part))
            return -1;
        for (uint32_t i = 0; i < part; i++)
            console_putc(chunk[i]);
        done += part;
    }
    return (int)n;
}

static int sys_map(uint32_t address)
{
    uint32_t *space = PERCPU_READ(current)->space;
    char *page;

    if (address % PAGE_SIZE || !is_user_range(address, PAGE_SIZE))
        return -1;
    page = pages_alloc(0);
    if (!page)
        return -1;
    memset(page, 0, PAGE_SIZE);
    if (space_map(space, address, direct_map_pa(page), PTE_USER | PTE_WRITABLE))
        return 0;
    pages_free(page, 0);
    return -1;
}

static int sys_unmap(uint32_t address)
{
    uint32_t pa = 0;

    if (address % PAGE_SIZE == 0 && is_user_range(address, PAGE_SIZE))
        pa = space_unmap(PERCPU_READ(current)->space, address);
    if (!pa)
        return -1;
    pages_free(direct_map(pa), 0);
    return 0;
}

/* A page that the process may only read is read-only for the kernel, too: CR0.WP. */
static int sys_name(uint32_t address)
{
    if (!is_user_range(address, sizeof NAME))
        return -1;
    return copy_user((void *)address, NAME, sizeof NAME) ? 0 : -1;
}

int syscall(int number, uint32_t first, uint32_t second)
{
    switch (number) {
    case SYS_exit:
        thread_exit((int)first);
    case SYS_write:
        return sys_write(first, second);
    case SYS_map:
        return sys_map(first);
    case SYS_unmap:
        return sys_unmap(first);
    case SYS_yield:
        thread_yield();
        return 0;
    case SYS_preempted:
        return (int)PERCPU_READ(current)->preempted;
    case SYS_name:
        return sys_name(first);
    default:
        return -1;
    }
}
