/**
 * Continuation of a stream behind its logits topic: the consumer group's offsets are compared with the topics before
 * each start, because Kafka lets them expire and users reset them.
 */
package io.logitstream.teacher.resume;
