/** The teacher model: forward pass and selection for one token batch. */
package io.logitstream.teacher.model;
