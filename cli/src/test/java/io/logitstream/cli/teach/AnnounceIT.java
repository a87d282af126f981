package io.logitstream.cli.teach;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.LiveCorpus;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.teacher.announcement.AnnouncementTopic;
import io.logitstream.teacher.announcement.TeacherAnnouncement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A teacher stream takes over another teacher while it runs, and its students are told. */
@ExtendWith(SharedCluster.class)
class AnnounceIT {
    private static final int MAX_RECORD_BYTES = 1 << 24;

    @TempDir
    private Path folder;

    private Cluster cluster;
    private TinyRun run;

    @Test
    void aRunningStreamTakesTheAnnouncedTeacherAndRefusesOthers(Cluster shared) throws Exception {
        cluster = shared;
        run = TinyRun.create(folder.resolve("run"));
        Path second = copyOf(run.teacher(), "second");
        Path otherTokenizer = folder.resolve("other");
        TinyRun.writeTeacher(
                otherTokenizer,
                TinyRun.writeTexts(folder.resolve("texts"), 20, 5),
                TinyRun.VOCABULARY,
                TinyRun.VOCABULARY);
        Path narrow = folder.resolve("narrow");
        TinyRun.writeTeacher(narrow, TinyRun.writeTexts(folder.resolve("same"), 20, 1), TinyRun.VOCABULARY, 390);
        CliProcess publisher = CliProcess.start(
                folder.resolve("logs"),
                command("produce", "--corpus", "-", "--set", "corpus.format=jsonl", "--set", "corpus.shardBytes=2000"));
        try (LiveCorpus corpus = new LiveCorpus(publisher, 100);
                CliProcess teacher =
                        CliProcess.start(folder.resolve("logs"), command("teach", "--set", "teach.threads=2"))) {
            teacher.await("teacher (\\d+%, )?[1-9][\\d,]* tokens");

            CliCall.run(command("announce", "--teacher", otherTokenizer.toString()))
                    .requireFailure(2, "topic announced-tokens was made with tokenizer", "other has tokenizer");
            CliCall.run(command("announce", "--teacher", narrow.toString()))
                    .requireFailure(2, "narrow: the tokenizer has 400" + " tokens, but the model's vocabulary is 390");
            announceUnchecked(otherTokenizer);
            teacher.await("the teacher is not changed: .*other has tokenizer");
            announceUnchecked(narrow);
            teacher.await("the teacher is not changed: .*narrow has a vocabulary of 390");
            CliCall.run(command("announce", "--teacher", second.toString(), "--id", "better", "--step", "40"))
                    .requireSuccess();
            teacher.await("teacher better takes over");
            CliCall.run(command(
                            "announce", "--teacher", folder.resolve("nowhere").toString()))
                    .requireFailure(2, "nowhere does not exist");
            corpus.end();
            teacher.awaitSuccess();
        }

        List<LogitsBatch> records = lastBatches();
        assertThat(records).hasSize(4).allSatisfy(batch -> {
            assertThat(batch.getTeacher().getId()).isEqualTo("better");
            assertThat(batch.getTeacher().getTrainingStep()).isEqualTo(40);
        });
        CliCall one =
                CliCall.run(command("train", "--out", folder.resolve("one").toString()));
        assertThat(one.code()).isEqualTo(1);
        // The partition at which the new teacher starts is not fixed, and the student reads partitions in turn.
        assertThat(one.err())
                .containsPattern(
                        "made by teacher (better|teacher) .* earlier records were made by teacher (better|teacher) ")
                .contains("training.teachers");
        CliCall.run(command("train", "--out", folder.resolve("any").toString(), "--set", "training.teachers=any"))
                .requireSuccess();
        CliCall.run(command(
                        "train",
                        "--out",
                        folder.resolve("better").toString(),
                        "--set",
                        "training={tokens: 128, teachers: [better]}"))
                .requireSuccess();
    }

    private List<LogitsBatch> lastBatches() throws IOException {
        KafkaSettings kafka = cluster.kafka();
        List<LogitsBatch> batches = new ArrayList<>();
        try (SchemaRegistryClient registry = RegistryClients.create(kafka);
                TopicEnd end = new TopicEnd(kafka, "announced-logits", MAX_RECORD_BYTES)) {
            AvroDeserializer<LogitsBatch> reader = new AvroDeserializer<>(registry, LogitsBatch.class);
            for (int partition : end.partitions()) {
                ConsumerRecord<String, byte[]> last = end.tail(partition, 2).get(0);
                batches.add(reader.deserialize(last.topic(), last.value()));
            }
        }
        return batches;
    }

    // As another tool or an announcer on another machine may do it.
    private void announceUnchecked(Path teacher) {
        AnnouncementTopic.announce(
                cluster.kafka(),
                "teachers",
                "announced-logits",
                new TeacherAnnouncement(teacher.toString(), "unchecked", ModelWeights.hash(teacher), null));
    }

    private Path copyOf(Path teacher, String name) throws IOException {
        Path copy = Files.createDirectories(folder.resolve(name));
        try (Stream<Path> files = Files.list(teacher)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private String[] command(String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(run.command(command, arguments)));
        line.addAll(List.of("--set", "topics.tokens=announced-tokens", "--set", "topics.logits=announced-logits"));
        return cluster.on(line.toArray(String[]::new));
    }
}
