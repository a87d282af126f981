/** Selection of the kept entries (top-k, top-p, sampling) from full-vocabulary logits. */
package io.logitstream.teacher.selection;
