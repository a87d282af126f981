package io.logitstream.embedded;

import io.logitstream.messages.UsageException;
import java.util.List;

/**
 * Settings of the embedded cluster.
 *
 * @param brokerPort port of the broker on 127.0.0.1, default 0: any free port at each start
 * @param registryPort port of the schema registry on 127.0.0.1, default 0: any free port at each start
 * @param maxRecordBytes largest record of a topic that sets no limit of its own, in bytes, default 16 MiB
 * @param registryHosts host names that the registry answers to besides localhost and IP addresses, such as one that a
 *     proxy forwards; default none, {@code *} for any
 */
public record EmbeddedSettings(
        Integer brokerPort, Integer registryPort, Integer maxRecordBytes, List<String> registryHosts) {

    private static final int DEFAULT_MAX_RECORD_BYTES = 16 * 1024 * 1024;
    private static final int LARGEST_PORT = 65_535;

    /** Fills in the defaults and checks the ranges. */
    public EmbeddedSettings {
        brokerPort = port("brokerPort", brokerPort);
        registryPort = port("registryPort", registryPort);
        maxRecordBytes = maxRecordBytes == null ? DEFAULT_MAX_RECORD_BYTES : maxRecordBytes;
        registryHosts = registryHosts == null ? List.of() : List.copyOf(registryHosts);
        if (maxRecordBytes < 1) {
            throw new UsageException("maxRecordBytes must be at least 1, not " + maxRecordBytes);
        }
        if (brokerPort != 0 && brokerPort.equals(registryPort)) {
            throw new UsageException(
                    "brokerPort and registryPort are both " + brokerPort + "; give them different ports");
        }
    }

    /** Free ports and the default limit. */
    public static EmbeddedSettings defaults() {
        return new EmbeddedSettings(null, null, null, null);
    }

    private static int port(String name, Integer port) {
        if (port == null) {
            return 0;
        }
        if (port < 0 || port > LARGEST_PORT) {
            throw new UsageException(name + " must be from 0 (any free port) to " + LARGEST_PORT + ", not " + port);
        }
        return port;
    }
}
