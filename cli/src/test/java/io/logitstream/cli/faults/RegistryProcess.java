package io.logitstream.cli.faults;

import io.logitstream.embedded.registry.EmbeddedRegistry;
import io.logitstream.messages.LogitstreamException;
import java.util.concurrent.CountDownLatch;

/** Runs a schema registry until it is killed. */
final class RegistryProcess {
    private RegistryProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (EmbeddedRegistry registry = EmbeddedRegistry.start(arguments[0], Integer.parseInt(arguments[1]))) {
            System.out.println(registry.url());
            new CountDownLatch(1).await();
        } catch (LogitstreamException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }
}
