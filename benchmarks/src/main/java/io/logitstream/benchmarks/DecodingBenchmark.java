package io.logitstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.logitstream.files.JsonFiles;
import io.logitstream.files.Sha256;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.schemas.archive.ArchiveFileWriter;
import io.logitstream.schemas.archive.ArchiveManifest;
import io.logitstream.schemas.archive.ArchiveManifest.ArchivedFile;
import io.logitstream.schemas.archive.ArchivedRecord;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.codec.compact.RealisticLogits;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.BatchReader;
import io.logitstream.schemas.registry.TestRegistry;
import io.logitstream.student.input.ArchiveRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Java's side of benchmarks/decoding/compare. {@code write FOLDER BATCHES} writes an archive of a logits topic: batches of
 * 8 rows of 256 in compact-1, top-p 0.95 cut to 50 of a vocabulary of 151,936. {@code decode FOLDER SECONDS} prints the
 * tokens per second at which its records are read and decoded in one thread.
 */
public final class DecodingBenchmark {
    private static final String HASH = "0123456789abcdef".repeat(4);
    private static final String TOPIC = "logits";
    private static final double TOP_P = 0.95;
    private static final int TOP_K = 50;
    private static final double NANOS = 1e9;

    private DecodingBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[1]);
        int number = Integer.parseInt(arguments[2]);
        if (arguments[0].equals("write")) {
            write(folder, number);
        } else {
            System.out.printf("%.0f%n", tokensPerSecond(Archive.open(folder), number));
        }
    }

    private static void write(Path folder, int batches) throws IOException {
        RealisticLogits realistic = RealisticLogits.load();
        PayloadShape shape = realistic.shape();
        SparseLogits logits = realistic.select(TOP_P, TOP_K);
        String name = Archive.fileName(0, 0);
        Path file = folder.resolve(name);
        try (ArchiveFileWriter writer =
                new ArchiveFileWriter(file, LogitsBatch.getClassSchema(), "logits, partition 0".getBytes(UTF_8))) {
            for (int number = 0; number < batches; number++) {
                LogitsBatch batch = batch(number, shape, logits);
                writer.add(record(number, BatchKey.of(batch.getBatch()).toString(), batch));
            }
            long tokens = (long) batches * shape.positions();
            LogitsBatch end = LogitsBatches.endMarker(
                    TokenBatches.endMarker("demo", HASH, shape.vocabularySize(), batches, tokens),
                    LogitsCodecs.byName("compact-1"));
            writer.add(record(batches, "demo/end", end));
            writer.finish();
        }
        ArchivedFile entry =
                new ArchivedFile(name, 0, 0, batches, batches + 1L, 1, 0, Files.size(file), Sha256.hex(file));
        JsonFiles.write(
                folder.resolve(Archive.MANIFEST),
                new ArchiveManifest(
                        ArchiveManifest.FORMAT,
                        new TopicIdentity(TOPIC, null, 1),
                        ArchiveManifest.Range.ALL,
                        true,
                        null,
                        List.of(entry)));
    }

    private static LogitsBatch batch(int number, PayloadShape shape, SparseLogits logits) {
        TokenBatch tokens = new TokenBatch(
                "demo",
                0,
                number,
                shape.rows(),
                shape.length(),
                TokenBatches.bytes(shape.tokens()),
                HASH,
                shape.vocabularySize(),
                null,
                null);
        return new LogitsBatch(
                tokens,
                new Teacher("toy", HASH, null),
                new Selection("top-p-top-k", TOP_P, TOP_K, 0, 0L),
                "compact-1",
                LogitsCodecs.byName("compact-1").encode(logits, shape));
    }

    private static ArchivedRecord record(long offset, String key, LogitsBatch batch) {
        byte[] framed = TestRegistry.serialize(batch);
        return new ArchivedRecord(0, offset, 0, key, List.of(), Arrays.copyOfRange(framed, 5, framed.length));
    }

    private static double tokensPerSecond(Archive archive, int seconds) {
        try (ArchiveRecords source = new ArchiveRecords(archive)) {
            List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
            long end = source.ends().get(0) - 1;
            while (records.size() < end) {
                records.add(source.take(0, () -> {}, () -> {}));
            }
            BatchReader reader = new BatchReader(source.schemas());
            SparseLogits into = new SparseLogits();
            // The first half warms the compiler up.
            decode(records, reader, into, seconds);
            return decode(records, reader, into, seconds);
        }
    }

    private static double decode(
            List<ConsumerRecord<String, byte[]>> records, BatchReader reader, SparseLogits into, int seconds) {
        long began = System.nanoTime();
        long tokens = 0;
        double passed = 0;
        for (int i = 0; passed < seconds; i++) {
            LogitsBatches.decode(reader.read(records.get(i % records.size())).logits(), into);
            tokens += into.positions();
            passed = (System.nanoTime() - began) / NANOS;
        }
        return tokens / passed;
    }
}
