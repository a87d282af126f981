/** Families of models: the names of their weights, their keys of {@code config.json}, and their forward pass. */
package io.logitstream.model.families;
