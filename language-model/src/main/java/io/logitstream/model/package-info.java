/**
 * Decoder-only transformers on DJL: language models, how they are created, loaded and saved, and TorchScript models.
 *
 * <p>In all modules the name of a tensor ends with its shape, one letter for each dimension: {@code logits_BTV} has the
 * shape [B, T, V]. A 1 is a dimension of size 1. A letter has one meaning:
 *
 * <ul>
 *   <li>A: size of an attention head
 *   <li>B: rows of a batch
 *   <li>C: positions of a chunk
 *   <li>D: hidden size, width of the residual stream
 *   <li>F: inner size of the feed-forward block
 *   <li>G: key-value heads of a layer
 *   <li>H: query heads of a layer
 *   <li>K: kept token ids of a position, its support
 *   <li>L: capacity of a key-value cache, in positions
 *   <li>N: positions of all rows, B * T
 *   <li>R: values of a head that are rotated
 *   <li>T: positions of a row, the context length
 *   <li>U: tokens of a row, T + 1
 *   <li>V: vocabulary size
 *   <li>W: vocabulary columns of a tile
 * </ul>
 *
 * <p>A kernel with further dimensions explains their letters where it begins.
 */
package io.logitstream.model;
