package io.logitstream.embedded;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import kafka.server.FaultHandlerFactory;
import kafka.server.StandardFaultHandlerFactory;
import org.apache.kafka.server.fault.FaultHandler;

/**
 * Keeps a fault during the start for the caller, where Kafka would end the process without a word to it.
 * After the start Kafka's own handling holds: a fatal fault ends the process, since its data can no longer be
 * relied on.
 */
final class StartupFaultHandler implements FaultHandlerFactory {

    private final AtomicReference<Throwable> first = new AtomicReference<>();
    private final FaultHandlerFactory standard = new StandardFaultHandlerFactory();
    private volatile boolean started;

    @Override
    public FaultHandler build(String name, boolean fatal, Runnable action) {
        FaultHandler afterStart = standard.build(name, fatal, action);
        return (message, cause) -> {
            if (started || !fatal) {
                return afterStart.handleFault(message, cause);
            }
            RuntimeException fault = new RuntimeException(name + ": " + message, cause);
            first.compareAndSet(null, cause == null ? fault : cause);
            action.run();
            return fault;
        };
    }

    void started() {
        started = true;
    }

    /** The first fatal fault, where there was one. */
    Optional<Throwable> first() {
        return Optional.ofNullable(first.get());
    }
}
