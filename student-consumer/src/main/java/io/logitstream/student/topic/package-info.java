/** A student's view of the topic that it reads: its records by partition, and whether it is still the same topic. */
package io.logitstream.student.topic;
