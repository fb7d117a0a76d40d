/* SPDX-License-Identifier: Apache-2.0 */
/* In place of cpu.c: whatever the CPU, every instruction set may run, since none is needed. */
#include <string.h>

#include "kernels.h"

int32_t dendra_found_isa(void) { return DENDRA_ISA_AMX; }

uint32_t dendra_found_extensions(void) { return DENDRA_CPU_AVX512_BF16 | DENDRA_CPU_AVX512_VBMI2; }

int32_t dendra_detect(int32_t max_isa, dendra_cpu *cpu) {
    if (cpu == NULL) {
        return DENDRA_NULL_POINTER;
    }
    if (max_isa < DENDRA_ISA_SCALAR) {
        return DENDRA_UNSUPPORTED;
    }
    memset(cpu, 0, sizeof *cpu);
    cpu->isa = max_isa < DENDRA_ISA_AMX ? max_isa : DENDRA_ISA_AMX;
    cpu->extensions = cpu->isa >= DENDRA_ISA_AVX512 ? dendra_found_extensions() : 0;
    for (int32_t isa = cpu->isa + 1; isa < DENDRA_ISA_COUNT; isa++) {
        strcpy(cpu->reason[isa], "capped");
    }
    return DENDRA_OK;
}
