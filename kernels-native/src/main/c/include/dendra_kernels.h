/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENDRA_KERNELS_H
#define DENDRA_KERNELS_H

#include <stdint.h>

/* The library is built with hidden visibility; this marks what Java binds. */
#define DENDRA_EXPORT __attribute__((visibility("default")))

/* Raised by every change of an exported function's name, arguments or meaning. Java compares it before binding. */
#define DENDRA_ABI_VERSION UINT32_C(1)

/* The value of DENDRA_ABI_VERSION that this library was compiled with. */
DENDRA_EXPORT uint32_t dendra_abi_version(void);

#endif
