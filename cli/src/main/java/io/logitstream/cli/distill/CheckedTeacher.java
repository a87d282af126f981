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
     * Measures the open teacher in the background, see {@link StreamTeacher#measureAhead}, unless a stream has taken it.
     *
     * @param afterwards runs when that has ended, or at once
     */
    synchronized void measureAhead(LogitstreamConfig config, Runnable afterwards) {
        if (teacher == null) {
            afterwards.run();
        } else {
            teacher.measureAhead(config.corpus().rows(), config.corpus().contextLength(), afterwards);
        }
    }

    /**
     * Gives the teacher to a stream.
     *
     * @param open opens the teacher if it was not opened for the checks
     * @return the teacher; the caller closes it
     */
    StreamTeacher take(Supplier<StreamTeacher> open) {
        StreamTeacher taken = takeOpen();
        return taken != null ? taken : open.get();
    }

    private synchronized StreamTeacher takeOpen() {
        StreamTeacher taken = teacher;
        teacher = null;
        return taken;
    }

    /**
     * Hash of the configured teacher, see {@link TeacherIdentity#hash}. The weights of an open teacher were hashed when
     * they were read.
     */
    synchronized String hash(LogitstreamConfig config) {
        return teacher != null && config.teach().server() == null
                ? teacher.identity().getWeightsHash()
                : TeacherIdentity.hash(config);
    }

    /** Closes the teacher if no stream has taken it. */
    @Override
    public void close() {
        StreamTeacher left = takeOpen();
        if (left != null) {
            left.close();
        }
    }
}
