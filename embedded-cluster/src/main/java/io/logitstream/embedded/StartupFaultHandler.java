package io.logitstream.embedded;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import kafka.server.FaultHandlerFactory;
import kafka.server.StandardFaultHandlerFactory;
import org.apache.kafka.server.fault.FaultHandler;

/**
 * Reports a fatal fault during startup to the caller, where Kafka would end the process. After startup Kafka's own
 * handling applies: a fatal fault ends the process, because its data can no longer be trusted.
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

    /** The first fatal fault during startup, if any. */
    Optional<Throwable> first() {
        return Optional.ofNullable(first.get());
    }
}
