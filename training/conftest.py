# SPDX-License-Identifier: Apache-2.0
import torch

# The models of tests are too small to be divided up.
torch.set_num_threads(1)
