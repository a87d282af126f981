/** Hugging Face tokenizers: text to ids and back, and training of byte-level BPE vocabularies. */
package io.logitstream.model.tokenizer;
