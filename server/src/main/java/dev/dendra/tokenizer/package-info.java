// SPDX-License-Identifier: Apache-2.0
/** Text to tokens and back: byte-level BPE, SentencePiece, chat templates. */
@NullMarked
package dev.dendra.tokenizer;

import org.jspecify.annotations.NullMarked;
