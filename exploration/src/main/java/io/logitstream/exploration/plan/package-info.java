/** Plans of an exploration: variants, seeds, the runs they need and the logits topics these share. */
package io.logitstream.exploration.plan;
