/** Model configurations: shape and arithmetic of a model, and how {@code config.json} is read. */
package io.logitstream.model.config;
