package io.logitstream.teacher.model;

/**
 * The current teacher of a stream, which can be replaced between two records. A thread holds the teacher while it
 * processes a record. A replaced teacher is closed when no thread holds it any more. Thread-safe.
 */
public final class SwitchableTeacher implements AutoCloseable {
    /** Keeps a teacher open until the lease is closed. */
    public interface Lease extends AutoCloseable {
        StreamTeacher teacher();

        @Override
        void close();
    }

    private static final class Held {
        private final StreamTeacher teacher;
        private int leases;
        private boolean retired;
        private boolean closed;

        Held(StreamTeacher teacher) {
            this.teacher = teacher;
        }
    }

    private Held current;

    /** @param first the first teacher; closed when it is replaced, or by {@link #close} */
    public SwitchableTeacher(StreamTeacher first) {
        current = new Held(first);
    }

    /** Holds the current teacher. */
    public synchronized Lease hold() {
        Held held = current;
        held.leases++;
        return new Lease() {
            @Override
            public StreamTeacher teacher() {
                return held.teacher;
            }

            @Override
            public void close() {
                release(held);
            }
        };
    }

    /** Replaces the teacher. The new one is closed when it is replaced, or by {@link #close}. */
    public synchronized void change(StreamTeacher next) {
        Held before = current;
        current = new Held(next);
        retire(before);
    }

    private synchronized void release(Held held) {
        held.leases--;
        closeUnused(held);
    }

    private void retire(Held held) {
        held.retired = true;
        closeUnused(held);
    }

    private static void closeUnused(Held held) {
        // A thread that outlives the stream's close may hold the last teacher once more.
        if (held.retired && held.leases == 0 && !held.closed) {
            held.closed = true;
            held.teacher.close();
        }
    }

    /** Closes the teacher as soon as no thread holds it. */
    @Override
    public synchronized void close() {
        retire(current);
    }
}
