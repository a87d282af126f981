package io.logitstream.student.input;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.Teacher;
import io.logitstream.student.config.TrainingConfig;
import java.util.List;

/**
 * Decides whose logits a student trains on: by default only those of the teacher of the first record. A teacher that
 * changes within a topic stops the run unless the configuration allows it.
 */
public final class TeacherChoice {
    private static final int SHORTEST_HASH = 8;

    private final List<String> named;
    private String first;

    /**
     * A choice by names.
     *
     * @param named names of teachers, prefixes of weights hashes (8 digits or more), or
     *     {@value TrainingConfig#ANY_TEACHER}; null for the teacher of the first record
     */
    public TeacherChoice(List<String> named) {
        this.named = named;
    }

    /** A choice that accepts every teacher. */
    public static TeacherChoice any() {
        return new TeacherChoice(List.of(TrainingConfig.ANY_TEACHER));
    }

    /**
     * Whether a record of this teacher is trained on; otherwise it is skipped.
     *
     * @throws LogitstreamException when no teacher was named and this one is not that of the first record
     */
    public boolean accepts(Teacher teacher) {
        if (named != null) {
            return named.stream()
                    .anyMatch(name -> name.equals(TrainingConfig.ANY_TEACHER)
                            || name.equals(teacher.getId())
                            || name.length() >= SHORTEST_HASH
                                    && teacher.getWeightsHash().startsWith(name));
        }
        String identity = identity(teacher);
        first = first == null ? identity : first;
        if (!first.equals(identity)) {
            throw new LogitstreamException(
                    "was made by teacher " + identity + ", but the earlier records were made by teacher " + first
                            + ": the teacher of the topic has changed; name the teachers to learn from"
                            + " (training.teachers: [NAME, ...] and"
                            + " training.tokens), or take them all (training.teachers: any)");
        }
        return true;
    }

    private static String identity(Teacher teacher) {
        return teacher.getId() + " (weights " + teacher.getWeightsHash() + ")";
    }

    /**
     * Teacher of the first record, stored in checkpoints; null before the first record, and when teachers are named.
     */
    public String first() {
        return first;
    }

    /** Continues with the teacher that a checkpoint stored. */
    public void restore(String teacher) {
        first = teacher;
    }
}
