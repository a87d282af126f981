/** Logits recorded while the teacher itself is trained. */
package io.logitstream.teacher.online;
