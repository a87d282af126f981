package io.logitstream.embedded;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.bootstrap.BootstrapDirectory;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * Kafka's log folder and the identity that was written into it when it was formatted.
 *
 * @param identity cluster id, node id and folder id
 * @param bootstrap initial metadata records of a new cluster
 */
record LogFolder(MetaPropertiesEnsemble identity, BootstrapMetadata bootstrap) {

    /**
     * Reads the identity, and formats a new folder first. A folder whose formatting was interrupted counts as new,
     * because Kafka writes the identity last and with a rename.
     *
     * @throws LogitstreamException if the data cannot be read or belong to another node
     */
    static LogFolder open(Path folder) {
        String directory = folder.toString();
        try {
            if (identity(directory).emptyLogDirs().contains(directory)) {
                format(directory);
            }
            MetaPropertiesEnsemble identity = identity(directory);
            int nodeId = identity.nodeId().orElse(-1);
            if (!identity.errorLogDirs().isEmpty()
                    || identity.clusterId().isEmpty()
                    || nodeId != BrokerProperties.NODE_ID) {
                throw new LogitstreamException(directory + "/" + MetaPropertiesEnsemble.META_PROPERTIES_NAME
                        + " cannot be read, or is another cluster's (node " + nodeId + " instead of "
                        + BrokerProperties.NODE_ID + "); choose another folder");
            }
            return new LogFolder(identity, new BootstrapDirectory(directory).read());
        } catch (LogitstreamException e) {
            throw e;
        } catch (Exception e) {
            throw new LogitstreamException(
                    "the Kafka data in " + directory + " cannot be opened: " + FailureText.of(e)
                            + "; choose another folder",
                    e);
        }
    }

    private static MetaPropertiesEnsemble identity(String directory) throws Exception {
        return new MetaPropertiesEnsemble.Loader()
                .addMetadataLogDir(directory)
                .addLogDirs(List.of(directory))
                .load();
    }

    private static void format(String directory) throws Exception {
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(BrokerProperties.NODE_ID)
                .setControllerListenerName(BrokerProperties.CONTROLLER_LISTENER)
                .setDirectories(List.of(directory))
                .setMetadataLogDirectory(directory)
                .run();
    }
}
