/* SPDX-License-Identifier: Apache-2.0 */
/* For each mask of 8 bits where its elements come from: bit i's from the number of bits below, or from nowhere. */
#ifndef DENDRA_INTERNAL_SHUFFLE_ORDERS_H
#define DENDRA_INTERNAL_SHUFFLE_ORDERS_H

#include <stdint.h>

/* In an order of pshufb: the byte becomes zero. */
#define DENDRA_NOWHERE 0x80

extern const uint8_t dendra_shuffle_orders[256][8];

#endif
