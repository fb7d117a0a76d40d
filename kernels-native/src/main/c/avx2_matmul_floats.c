/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/weights_avx2.h"

#include "vectors/matmul_floats.h"
