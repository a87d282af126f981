/** Families of models beyond Llama's closest relatives: their names of weights, keys and arithmetic. */
package io.logitstream.model.families;
