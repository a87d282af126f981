package io.logitstream.teacher.model;

/**
 * The teacher at work, which can be changed between two records. Each thread holds it for the time of a record; the one
 * before is closed when no thread holds it any more. Thread-safe.
 */
public final class SwitchableTeacher implements AutoCloseable {
    /** A teacher held, which stays open until this is closed. */
    public interface Lease extends AutoCloseable {
        TeacherModel teacher();

        @Override
        void close();
    }

    private static final class Held {
        private final TeacherModel teacher;
        private int leases;
        private boolean retired;

        Held(TeacherModel teacher) {
            this.teacher = teacher;
        }
    }

    private Held current;

    /** @param first the teacher to begin with, which is closed here when another takes its place, or by {@link #close} */
    public SwitchableTeacher(TeacherModel first) {
        current = new Held(first);
    }

    /** Takes hold of the teacher that is current now. */
    public synchronized Lease hold() {
        Held held = current;
        held.leases++;
        return new Lease() {
            @Override
            public TeacherModel teacher() {
                return held.teacher;
            }

            @Override
            public void close() {
                release(held);
            }
        };
    }

    /** Sets another teacher, which is closed here as the first is. */
    public synchronized void change(TeacherModel next) {
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
        if (held.retired && held.leases == 0) {
            held.teacher.close();
        }
    }

    /** Closes the teacher, once it is held no more. */
    @Override
    public synchronized void close() {
        retire(current);
    }
}
