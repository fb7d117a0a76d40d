# SPDX-License-Identifier: Apache-2.0
"""Trains a dense GGUF model into weights that Dendra's sparse kernels can skip."""
