/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/avx512.h"

#include "vectors/kv_cache.h"
