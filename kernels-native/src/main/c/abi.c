/* SPDX-License-Identifier: Apache-2.0 */
#include "dendra_kernels.h"

uint32_t dendra_abi_version(void) { return DENDRA_ABI_VERSION; }
