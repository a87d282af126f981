/**
 * Look-ahead: batches are scored while their records are still on their way to the stream's tasks, many at the same
 * time, and each record is handed to its task when its batch is scored.
 */
package io.logitstream.teacher.lookahead;
