/**
 * Decoder-only transformers on DJL: configuration, Hugging Face folders, forward pass and optimizer. Tensor names
 * carry their shape: B rows, T positions, D hidden size, H heads, G key-value heads, K head size, F feed-forward
 * size, V vocabulary.
 */
package io.logitstream.model;
