package io.logitstream.cli.distill;

import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.stages.TeacherIdentity;
import io.logitstream.teacher.model.StreamTeacher;
import java.util.function.Supplier;

/** The teacher that was opened to check a new run, kept for the stream of the run: its weights are read once. */
final class CheckedTeacher implements AutoCloseable {
    private StreamTeacher teacher;

    /**
     * @param teacher open teacher, closed here unless it is taken; null if the run was checked by an earlier start
     */
    CheckedTeacher(StreamTeacher teacher) {
        this.teacher = teacher;
    }

    /**
     * Gives the teacher to a stream.
     *
     * @param open opens the teacher if it was not opened for the checks
     * @return the teacher; the caller closes it
     */
    StreamTeacher take(Supplier<StreamTeacher> open) {
        StreamTeacher taken = teacher != null ? teacher : open.get();
        teacher = null;
        return taken;
    }

    /**
     * Hash of the configured teacher, see {@link TeacherIdentity#hash}. The weights of an open teacher were hashed when
     * they were read.
     */
    String hash(LogitstreamConfig config) {
        return teacher != null && config.teach().server() == null
                ? teacher.identity().getWeightsHash()
                : TeacherIdentity.hash(config);
    }

    /** Closes the teacher if no stream has taken it. */
    @Override
    public void close() {
        if (teacher != null) {
            teacher.close();
            teacher = null;
        }
    }
}
