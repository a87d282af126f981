/** Plans of explorations: axes, variants, seeds, the resulting runs, and the logits topics that the runs share. */
package io.logitstream.exploration.plan;
