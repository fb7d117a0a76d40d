/* SPDX-License-Identifier: Apache-2.0 */
#include "shuffle_orders.h"

#define BIT(mask, i) ((mask) >> (i) & 1)
#define BITS_BELOW(mask, i)                                                                                            \
    (BIT((mask) & ((1 << (i)) - 1), 0) + BIT((mask) & ((1 << (i)) - 1), 1) + BIT((mask) & ((1 << (i)) - 1), 2)         \
     + BIT((mask) & ((1 << (i)) - 1), 3) + BIT((mask) & ((1 << (i)) - 1), 4) + BIT((mask) & ((1 << (i)) - 1), 5)       \
     + BIT((mask) & ((1 << (i)) - 1), 6))
#define FROM(mask, i) (BIT(mask, i) ? BITS_BELOW(mask, i) : DENDRA_NOWHERE)
#define ORDER(mask)                                                                                                    \
    {FROM(mask, 0), FROM(mask, 1), FROM(mask, 2), FROM(mask, 3), FROM(mask, 4), FROM(mask, 5), FROM(mask, 6), FROM(mask, 7)}
#define ORDERS_4(mask) ORDER(mask), ORDER((mask) + 1), ORDER((mask) + 2), ORDER((mask) + 3)
#define ORDERS_16(mask) ORDERS_4(mask), ORDERS_4((mask) + 4), ORDERS_4((mask) + 8), ORDERS_4((mask) + 12)
#define ORDERS_64(mask) ORDERS_16(mask), ORDERS_16((mask) + 16), ORDERS_16((mask) + 32), ORDERS_16((mask) + 48)

const uint8_t dendra_shuffle_orders[256][8] = {ORDERS_64(0), ORDERS_64(64), ORDERS_64(128), ORDERS_64(192)};
