package io.logitstream.cli.archive;

import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Plural;
import io.logitstream.pipeline.archive.TopicRestorer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.schemas.kafka.TopicSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code restore}: an archive to a topic. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description = {
            "Writes the records of an archive to a topic, each once: the same keys, values, headers and"
                    + " timestamps, in the same partitions and order. Creates the topic if it does not exist.",
            "If you run the command again, it continues where it stopped."
        })
public final class RestoreCommand implements Callable<Integer> {
    private static final long MIB = 1 << 20;

    @Mixin
    private ClusterConfigOptions common;

    @Option(names = "--archive", paramLabel = "DIR", required = true, description = "folder of the archive")
    private Path folder;

    @Option(
            names = "--topic",
            paramLabel = "NAME",
            description = "topic to write to; by default the topic that was archived")
    private String topic;

    @Override
    @SuppressWarnings("try") // The signal is asked where the work is done.
    public Integer call() {
        Archive archive = Archive.open(folder);
        LogitstreamConfig config = common.load();
        String name = topic != null ? topic : archive.manifest().topic().name();
        TopicSettings settings = config.topics()
                .settings(name)
                .withPartitions(archive.manifest().topic().partitions());
        ProgressDisplay status = ProgressDisplay.standardError();
        TopicRestorer restorer = new TopicRestorer(common.kafka(), archive, settings);
        List<String> faults = ArchiveCommand.checked(archive, status);
        if (!faults.isEmpty()) {
            throw new LogitstreamException(faults.get(0) + "; nothing was restored");
        }
        try (StopSignal stop = StopSignal.listen()) {
            long written = restorer.restore((records, bytes) -> status.showText(() ->
                    String.format("restored %,d %s, %,d MiB", records, Plural.of(records, "record"), bytes / MIB)));
            status.end();
            System.out.println("topic " + name + ": " + ArchiveCommand.text(archive.manifest())
                    + (written == 0
                            ? "; nothing left to restore"
                            : String.format("; %,d %s in this run", written, Plural.of(written, "record"))));
        }
        return 0;
    }
}
