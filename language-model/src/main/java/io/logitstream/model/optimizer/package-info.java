/** The optimizer: AdamW with decoupled weight decay and gradient clipping. */
package io.logitstream.model.optimizer;
