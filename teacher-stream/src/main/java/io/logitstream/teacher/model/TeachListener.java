package io.logitstream.teacher.model;

import io.logitstream.schemas.Teacher;

/** Watches a teacher stream. Called from the stream's threads. */
@FunctionalInterface
public interface TeachListener {
    /**
     * A batch has been enriched and handed to the producer.
     *
     * @param tokens predicted tokens of the batch
     * @param kept kept entries
     * @param bytes size of the record's value
     */
    void onBatch(int tokens, int kept, int bytes);

    /**
     * The stream goes on with another teacher, from the next record of each thread on. Not called for the first one.
     *
     * @param teacher the new one
     */
    default void onTeacher(Teacher teacher) {}
}
