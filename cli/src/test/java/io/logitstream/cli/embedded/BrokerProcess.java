package io.logitstream.cli.embedded;

import io.logitstream.embedded.EmbeddedBroker;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.nio.file.Path;

/** Runs a broker on a folder until stdin ends. Prints the broker's address, or why there is none. */
final class BrokerProcess {

    private BrokerProcess() {}

    public static void main(String[] arguments) throws IOException {
        try (EmbeddedBroker broker = EmbeddedBroker.start(Path.of(arguments[0]), 0, 1024 * 1024)) {
            System.out.println(broker.bootstrapServers());
            while (System.in.read() >= 0) {
                // Only its end matters.
            }
        } catch (LogitstreamException e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }
}
