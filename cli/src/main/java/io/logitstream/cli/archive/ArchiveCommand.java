package io.logitstream.cli.archive;

import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Plural;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.archive.TopicArchiver;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.schemas.archive.ArchiveManifest;
import io.logitstream.schemas.archive.ArchiveManifest.ArchivedFile;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code archive}: a topic to a folder of Avro files. */
@Command(
        name = "archive",
        mixinStandardHelpOptions = true,
        description = {
            "Writes a tokens or logits topic, or a range of it, to a folder of Avro files with a manifest."
                    + " 'restore' writes it back to a topic, and the Python dataset trains from it without Kafka.",
            "If you run the command again, it continues where it stopped and adds new records."
        })
public final class ArchiveCommand implements Callable<Integer> {
    private static final long MIB = 1 << 20;

    @Mixin
    private ClusterConfigOptions common;

    @Option(names = "--topic", paramLabel = "NAME", description = "the topic; the logits topic by default")
    private String topic;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "folder of the archive")
    private Path out;

    @Option(names = "--partition", paramLabel = "N", description = "only this partition; all by default")
    private Integer partition;

    @Option(
            names = "--from",
            paramLabel = "OFFSET",
            defaultValue = "0",
            description = "first offset in each partition, ${DEFAULT-VALUE} by default")
    private long from;

    @Option(
            names = "--to",
            paramLabel = "OFFSET",
            description = "offset after the last one in each partition; the current end by default")
    private Long to;

    @Option(
            names = "--file-mib",
            paramLabel = "MIB",
            defaultValue = "256",
            description = "MiB of records after which a file ends, ${DEFAULT-VALUE} by default")
    private int fileMib;

    @Option(
            names = "--verify",
            description = "read the archive in --out and compare each file with the manifest; needs no cluster")
    private boolean verify;

    @Override
    @SuppressWarnings("try") // The signal is asked where the work is done.
    public Integer call() {
        if (verify) {
            return verify(Archive.open(out));
        }
        if (fileMib < 1) {
            throw new UsageException("--file-mib " + fileMib + " must be at least 1");
        }
        if (from < 0 || to != null && to <= from || partition != null && partition < 0) {
            throw new UsageException("--partition and --from must not be negative, and --to must be above --from");
        }
        LogitstreamConfig config = common.load();
        String name = topic != null ? topic : config.topics().logits();
        ProgressDisplay status = ProgressDisplay.standardError();
        try (StopSignal stop = StopSignal.listen()) {
            ArchiveManifest manifest = new TopicArchiver(
                            common.kafka(), name, config.topics().maxRecordBytes(), out, fileMib * MIB)
                    .write(
                            new ArchiveManifest.Range(partition, from, to),
                            (records, bytes) -> status.showText(() -> String.format(
                                    "archived %,d %s, %,d MiB", records, Plural.of(records, "record"), bytes / MIB)));
            status.end();
            System.out.println("topic " + name + " in " + out.toAbsolutePath().normalize() + ": " + text(manifest));
        }
        return 0;
    }

    private Integer verify(Archive archive) {
        ProgressDisplay status = ProgressDisplay.standardError();
        List<String> faults = checked(archive, status);
        status.end();
        if (!faults.isEmpty()) {
            faults.forEach(System.out::println);
            int files = archive.manifest().files().size();
            throw new LogitstreamException(faults.size() + " of " + files + " " + Plural.of(files, "file")
                    + " " + Plural.of(faults.size(), "differs", "differ") + " from the manifest; restore "
                    + Plural.of(faults.size(), "it", "them") + " from a copy");
        }
        System.out.println(out.toAbsolutePath().normalize() + ": " + text(archive.manifest())
                + (archive.manifest().complete() ? ", complete" : ", not complete: run archive again to continue"));
        return 0;
    }

    /** Compares the files of an archive with its manifest, and shows how far it is. */
    static List<String> checked(Archive archive, ProgressDisplay status) {
        AtomicInteger number = new AtomicInteger();
        return archive.faults(file -> {
            int before = number.getAndIncrement();
            int files = archive.manifest().files().size();
            status.showText(() -> String.format("checked %,d of %,d %s", before, files, Plural.of(files, "file")));
        });
    }

    static String text(ArchiveManifest manifest) {
        long records =
                manifest.files().stream().mapToLong(ArchivedFile::records).sum();
        long markers =
                manifest.files().stream().mapToLong(ArchivedFile::markers).sum();
        long tokens = manifest.files().stream()
                .mapToLong(ArchivedFile::predictedTokens)
                .sum();
        long bytes = manifest.files().stream().mapToLong(ArchivedFile::bytes).sum();
        return String.format(
                "%,d %s, %,d tokens and %,d end-of-corpus %s in %,d %s, %.1f MiB",
                records - markers,
                Plural.of(records - markers, "batch"),
                tokens,
                markers,
                Plural.of(markers, "marker"),
                manifest.files().size(),
                Plural.of(manifest.files().size(), "file"),
                (double) bytes / MIB);
    }
}
