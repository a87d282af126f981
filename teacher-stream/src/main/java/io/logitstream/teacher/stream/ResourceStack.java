package io.logitstream.teacher.stream;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a start has opened so far, to be closed when it fails. Not thread-safe. */
public final class ResourceStack {
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    /** Adds a part, which is closed before those that were added before it. */
    public <T extends AutoCloseable> T add(T part) {
        parts.push(part);
        return part;
    }

    /** Closes all parts; what goes wrong in that is added to the failure and hides nothing. */
    public void closeAfter(Throwable failure) {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                failure.addSuppressed(e);
            }
        }
    }
}
