/** Text generation: sampling from a model's logits, one token after the other. */
package io.logitstream.model.generation;
