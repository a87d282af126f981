/** Model configurations: shape and forward pass of a model, and how the keys of {@code config.json} are read. */
package io.logitstream.model.config;
