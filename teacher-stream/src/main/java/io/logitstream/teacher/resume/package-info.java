/**
 * Where a teacher stream goes on: behind what its logits topic holds. The consumer group's offsets are held against that
 * before each start, since Kafka forgets them and people reset them.
 */
package io.logitstream.teacher.resume;
