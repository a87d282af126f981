/** Configuration of the teacher stream: teacher, selection of logits, topics, and what a restart may do. */
package io.logitstream.teacher.config;
