package io.logitstream.student.config;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.Teacher;
import java.util.List;

/**
 * Whose logits a student takes: of one teacher, whichever comes first, unless it is told otherwise. Nothing of a
 * teacher that has changed is trained on unasked.
 */
public final class TeacherChoice {
    /** In place of a name: logits of all teachers. */
    public static final String ANY = "any";

    private static final int SHORTEST_HASH = 8;

    private final List<String> named;
    private String first;

    /** @param named names or beginnings of weights hashes, or {@value #ANY}; null for the one that comes first */
    public TeacherChoice(List<String> named) {
        this.named = named;
    }

    /** Whether a record may be trained on; otherwise it is to be left out. */
    public boolean accepts(Teacher teacher) {
        if (named != null) {
            return named.stream()
                    .anyMatch(name -> name.equals(ANY)
                            || name.equals(teacher.getId())
                            || name.length() >= SHORTEST_HASH
                                    && teacher.getWeightsHash().startsWith(name));
        }
        String identity = identity(teacher);
        first = first == null ? identity : first;
        if (!first.equals(identity)) {
            throw new LogitstreamException("made by teacher " + identity + ", but the records before by " + first
                    + ": the teacher of the topic has changed; name the teachers to learn from (training.teachers: [NAME, ...] and"
                    + " training.tokens), or take them all (training.teachers: any)");
        }
        return true;
    }

    private static String identity(Teacher teacher) {
        return teacher.getId() + " (weights " + teacher.getWeightsHash() + ")";
    }

    /** The teacher that came first, for a checkpoint; null before, and when teachers are named. */
    public String first() {
        return first;
    }

    /** Goes on with the teacher of a checkpoint. */
    public void restore(String teacher) {
        first = teacher;
    }
}
