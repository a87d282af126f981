package io.logitstream.teacher.stream;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Resources that are closed in the reverse order of their opening. Thread-safe. */
final class ResourceStack implements AutoCloseable {
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    /** Adds a resource, to be closed before all resources added earlier. */
    synchronized <T extends AutoCloseable> T add(T resource) {
        resources.push(resource);
        return resource;
    }

    /**
     * Closes all resources after a failed start. Errors on the way are added to the failure as suppressed exceptions.
     */
    void closeAfter(Throwable failure) {
        closeAll(failure);
    }

    /**
     * Closes all resources, also when closing one of them fails. Does nothing when called again.
     *
     * @throws LogitstreamException when a resource cannot be closed
     */
    @Override
    public void close() {
        LogitstreamException failure = new LogitstreamException("the teacher stream was not closed properly");
        closeAll(failure);
        if (failure.getSuppressed().length > 0) {
            Throwable first = failure.getSuppressed()[0];
            if (first instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new LogitstreamException(
                    "a client of the teacher stream cannot be closed: " + FailureText.of(first), first);
        }
    }

    private synchronized void closeAll(Throwable failure) {
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                failure.addSuppressed(e);
            }
        }
    }
}
