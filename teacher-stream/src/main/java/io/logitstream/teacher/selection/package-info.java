/** Selection of the kept entries (top-k, top-p, sampling) from full-vocabulary logits, on the device. */
package io.logitstream.teacher.selection;
