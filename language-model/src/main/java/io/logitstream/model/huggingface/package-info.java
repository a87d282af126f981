/** Hugging Face folders: {@code config.json}, weight files, and the names and shapes of a model's weights. */
package io.logitstream.model.huggingface;
