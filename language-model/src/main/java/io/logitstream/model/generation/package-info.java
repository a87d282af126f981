/** Text generation: sampling from a model's logits, token by token. */
package io.logitstream.model.generation;
