/** Structured pruning of models: importance of their parts, the parts to keep, and the smaller model. */
package io.logitstream.model.pruning;
