/**
 * The student's loss and its gradient: output head, softmax and distillation loss, computed tile by tile over the
 * vocabulary.
 *
 * <p>Names of tensors carry their shape. The letters have the same meaning in all packages of the student:
 *
 * <ul>
 *   <li>B: rows of a batch; U: tokens of a row; T = U - 1: predicted positions of a row; N = B T: positions of a batch
 *   <li>C: positions of a chunk, which go through the output head together
 *   <li>D: hidden size; V: size of the vocabulary; W: vocabulary entries of a tile
 *   <li>K: width of the supports, padded to the largest of the batch; M = K + 1: entries of a position, its support and
 *       the next token of the text
 *   <li>Q: classes that a divergence compares: K, or K + 1 where the tail is a class of its own
 *   <li>E: hidden size of a second model; P: scored positions of a task
 * </ul>
 *
 * <p>The letters of the layers (H, G, A, F) are explained in {@code io.logitstream.model}.
 */
package io.logitstream.student.loss;
