/** The vocabulary of {@code config.json}: which keys are known to matter to a forward pass, and which are not. */
package io.logitstream.model.config;
