package io.logitstream.student.training;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.files.JsonFiles;
import io.logitstream.files.Sha256;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.tokenizer.Tokenizer;
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
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.student.checkpoint.TinyTokenizer;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.Losses;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.input.TrainingBatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Twenty steps of a student from an archive. python/tests/test_twenty_steps.py takes the same steps in PyTorch, from the
 * same start on the same records, and compares its weights with those of the fixture.
 * {@code -Dlogitstream.fixtures=write} writes the fixture.
 */
class TwentyStepsTest {
    private static final Path FIXTURE = Path.of("src/test/resources/twenty-steps");
    private static final int VOCABULARY = 50;
    private static final int PARTITIONS = 2;
    private static final int BATCHES = 22;
    private static final int ROWS = 2;
    private static final int LENGTH = 9;
    private static final int WIDEST = 6;
    /** A record with statistics, one without, and one without loss. */
    private static final List<String> CODECS = List.of("compact-1", "compact-1-supports", "plain");

    private static final Map<String, LossConfig> LOSSES = Map.of(
            "nll",
            Losses.of("kind", "nll", "temperature", 1),
            "default",
            LossConfig.defaults(),
            "bucket",
            Losses.of("tail", "bucket", "temperature", 1));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"nll", "default", "bucket"})
    void theWeightsAreThoseThatPyTorchIsHeldTo(String loss) throws Exception {
        Path out = folder.resolve(loss);
        train(loss, out);

        Torch.recordGradients(false);
        try (LanguageModel student = LanguageModels.load(out, "cpu");
                SafeTensors expected = SafeTensors.open(FIXTURE.resolve(loss + ".safetensors"));
                NDManager scope = student.newScope()) {
            student.weights()
                    .forEach((name, weight) -> assertThat(weight.sub(expected.read(scope, name, DataType.FLOAT32))
                                    .abs()
                                    .max()
                                    .getFloat())
                            .as(name)
                            .isLessThan(1e-5f));
        }
    }

    private static void train(String loss, Path out) throws IOException {
        Torch.start(1);
        Path start = FIXTURE.resolve("start");
        try (Tokenizer tokenizer = Tokenizer.load(start)) {
            TrainingJob job = new TrainingJob(
                    "logits",
                    List.of(),
                    "",
                    out,
                    tokenizer,
                    StudentConfig.from(start.toString()),
                    new ObjectMapper().readValue("{\"tokens\":320,\"learningRate\":0.01}", TrainingConfig.class),
                    LOSSES.get(loss),
                    "cpu",
                    DataType.FLOAT32,
                    null,
                    Archive.open(FIXTURE.resolve("archive")),
                    null,
                    null,
                    null);
            TrainingSummary summary = Trainer.train(null, job, new TrainingListener() {});
            assertThat(summary.steps()).isEqualTo(20);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "logitstream.fixtures", matches = "write")
    void write() throws Exception {
        Path start = FIXTURE.resolve("start");
        try (Tokenizer tokenizer = TinyTokenizer.create(start, VOCABULARY);
                LanguageModel model = LanguageModels.create(
                        new StudentConfig(16, 2, 2, 1, 24, true, null).model(VOCABULARY, LENGTH - 1, 0), 5, "cpu")) {
            LanguageModels.save(model, start, DataType.FLOAT32);
            writeArchive(tokenizer.hash());
        }
        for (String loss : LOSSES.keySet()) {
            train(loss, folder.resolve(loss));
            Files.copy(folder.resolve(loss).resolve("model.safetensors"), FIXTURE.resolve(loss + ".safetensors"));
        }
    }

    private static void writeArchive(String hash) throws IOException {
        List<ArchivedFile> files = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            String name = Archive.fileName(partition, 0);
            Path file = FIXTURE.resolve("archive").resolve(name);
            long offset = 0;
            try (ArchiveFileWriter writer = new ArchiveFileWriter(
                    file, LogitsBatch.getClassSchema(), ("logits, partition " + partition).getBytes(UTF_8))) {
                for (int number = partition; number < BATCHES; number += PARTITIONS) {
                    LogitsBatch batch = batch(number, hash);
                    writer.add(record(
                            partition, offset++, BatchKey.of(batch.getBatch()).toString(), batch));
                }
                TokenBatch end =
                        TokenBatches.endMarker("demo", hash, VOCABULARY, BATCHES, (long) BATCHES * ROWS * (LENGTH - 1));
                writer.add(record(
                        partition, offset, "demo/end", LogitsBatches.endMarker(end, LogitsCodecs.byName("plain"))));
                writer.finish();
            }
            files.add(
                    new ArchivedFile(name, partition, 0, offset, offset + 1, 1, 0, Files.size(file), Sha256.hex(file)));
        }
        JsonFiles.write(
                FIXTURE.resolve("archive").resolve(Archive.MANIFEST),
                new ArchiveManifest(
                        ArchiveManifest.FORMAT,
                        new TopicIdentity("logits", null, PARTITIONS),
                        ArchiveManifest.Range.ALL,
                        true,
                        null,
                        List.copyOf(files)));
    }

    private static LogitsBatch batch(int number, String hash) {
        TrainingBatch random = SampleBatches.random(ROWS, LENGTH, VOCABULARY, WIDEST, number);
        String codec = CODECS.get(number % CODECS.size());
        TokenBatch tokens = new TokenBatch(
                "demo", 0, number, ROWS, LENGTH, TokenBatches.bytes(random.tokens()), hash, VOCABULARY, null, null);
        return new LogitsBatch(
                tokens,
                new Teacher("toy", "0123456789abcdef".repeat(4), null),
                new Selection("top-k", 1.0, WIDEST, 0, 0L),
                codec,
                LogitsCodecs.byName(codec).encode(random.logits(), PayloadShape.of(tokens, 0)));
    }

    private static ArchivedRecord record(int partition, long offset, String key, LogitsBatch batch) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        new SpecificDatumWriter<>(LogitsBatch.class).write(batch, encoder);
        return new ArchivedRecord(partition, offset, 0, key, List.of(), bytes.toByteArray());
    }
}
