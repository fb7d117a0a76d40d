/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/avx2.h"

#include "vectors/logits.h"
