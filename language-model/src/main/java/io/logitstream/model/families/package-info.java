/** Families of models: names of weights, configuration keys and arithmetic. */
package io.logitstream.model.families;
