/** The distillation loss and its gradient, in tiles of the vocabulary. */
package io.logitstream.student.loss;
