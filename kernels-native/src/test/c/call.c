/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of kernels that see whether the calling convention was kept: System V ABI for AMD64, section 3.2.1: callee-saved
 * registers, the direction flag, the control bits of MXCSR and x87. Besides: no MMX state, no dirty upper halves of
 * vector registers (they slow SSE code down), no AMX tiles left configured.
 */
#include "check.h"

#if defined(__x86_64__)

#include <cpuid.h>

/* As checked_call below stores it. */
typedef struct machine_state {
    uint64_t registers[6]; /* rbx, rbp, r12 to r15 */
    uint64_t flags;
    uint32_t mxcsr[2]; /* before, after */
    uint16_t x87_control[2];
    uint32_t padding;
    uint8_t x87_environment[28];
} machine_state;

/*
 * Fills the callee-saved registers with their number times a constant, calls, stores what is in them then, and puts right
 * what the kernel may have left wrong.
 */
uint64_t checked_call(void (*kernel)(void), const void *job, machine_state *state);

__asm__(".text\n"
        ".globl checked_call\n"
        ".type checked_call, @function\n"
        "checked_call:\n"
        "    push %rbx\n"
        "    push %rbp\n"
        "    push %r12\n"
        "    push %r13\n"
        "    push %r14\n"
        "    push %r15\n"
        "    push %rdx\n"
        "    stmxcsr 56(%rdx)\n"
        "    fnstcw 64(%rdx)\n"
        "    mov %rdi, %rax\n"
        "    mov %rsi, %rdi\n"
        "    movabs $0x1111111111111111, %rbx\n"
        "    movabs $0x2222222222222222, %rbp\n"
        "    movabs $0x3333333333333333, %r12\n"
        "    movabs $0x4444444444444444, %r13\n"
        "    movabs $0x5555555555555555, %r14\n"
        "    movabs $0x6666666666666666, %r15\n"
        "    call *%rax\n"
        "    pop %rdx\n"
        "    mov %rbx, 0(%rdx)\n"
        "    mov %rbp, 8(%rdx)\n"
        "    mov %r12, 16(%rdx)\n"
        "    mov %r13, 24(%rdx)\n"
        "    mov %r14, 32(%rdx)\n"
        "    mov %r15, 40(%rdx)\n"
        "    pushfq\n"
        "    pop 48(%rdx)\n"
        "    cld\n"
        "    stmxcsr 60(%rdx)\n"
        "    fnstcw 66(%rdx)\n"
        "    fnstenv 72(%rdx)\n"
        "    ldmxcsr 56(%rdx)\n"
        "    fninit\n"
        "    fldcw 64(%rdx)\n"
        "    pop %r15\n"
        "    pop %r14\n"
        "    pop %r13\n"
        "    pop %r12\n"
        "    pop %rbp\n"
        "    pop %rbx\n"
        "    ret\n"
        ".size checked_call, . - checked_call\n");

_Static_assert(offsetof(machine_state, flags) == 48, "as the assembly has it");
_Static_assert(offsetof(machine_state, mxcsr) == 56, "as the assembly has it");
_Static_assert(offsetof(machine_state, x87_control) == 64, "as the assembly has it");
_Static_assert(offsetof(machine_state, x87_environment) == 72, "as the assembly has it");

/* State components in use (XINUSE), or 0 where the CPU does not tell. */
static uint64_t components_in_use(void) {
    static int tells = -1;
    if (tells < 0) {
        uint32_t a, b, c, d;
        tells = __get_cpuid_count(1, 0, &a, &b, &c, &d) && (c >> 27 & 1)
                && __get_cpuid_count(0xd, 1, &a, &b, &c, &d) && (a >> 2 & 1);
    }
    if (!tells) {
        return 0;
    }
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
    return (uint64_t) high << 32 | low;
}

enum { UPPER_HALVES = 1 << 2, TILE_CONFIGURATION = 1 << 17, TILES = 1 << 18 };

void check_call(check *c, void (*kernel)(void), const void *job) {
    machine_state state;
    uint64_t before = components_in_use();
    checked_call(kernel, job, &state);
    uint64_t dirtied = components_in_use() & ~before;
    static const char *const NAMES[6] = {"rbx", "rbp", "r12", "r13", "r14", "r15"};
    for (uint64_t i = 0; i < 6; i++) {
        if (state.registers[i] != (i + 1) * 0x1111111111111111u) {
            check_fail(c, "register %s is not preserved", NAMES[i]);
        }
    }
    if (state.flags >> 10 & 1) {
        check_fail(c, "the direction flag is set");
    }
    if ((state.mxcsr[0] ^ state.mxcsr[1]) & ~0x3fu) {
        check_fail(c, "MXCSR %x became %x", state.mxcsr[0], state.mxcsr[1]);
    }
    if (state.x87_control[0] != state.x87_control[1]) {
        check_fail(c, "the x87 control word %x became %x", state.x87_control[0], state.x87_control[1]);
    }
    if (state.x87_environment[8] != 0xff || state.x87_environment[9] != 0xff) {
        check_fail(c, "x87 or MMX registers are in use");
    }
    if (dirtied & UPPER_HALVES) {
        check_fail(c, "upper halves of vector registers are dirty (no vzeroupper)");
        __asm__ volatile("vzeroupper");
    }
    if (dirtied & (TILE_CONFIGURATION | TILES)) {
        check_fail(c, "tiles are not released");
        __asm__ volatile(".byte 0xc4, 0xe2, 0x78, 0x49, 0xc0"); /* tilerelease */
    }
}

#else

void check_call(check *c, void (*kernel)(void), const void *job) {
    (void) c;
    ((void (*)(const void *)) kernel)(job);
}

#endif
