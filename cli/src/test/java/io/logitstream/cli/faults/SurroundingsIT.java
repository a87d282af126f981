package io.logitstream.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.Repository;
import io.logitstream.cli.testing.RunOutcome.Student;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults of the surroundings: nothing is given up, each is named in a line, and where it can be mended the run ends with
 * every batch once and in order. {@code benchmarks/faults/run} runs it; the lines are then in
 * {@code cli/target/surroundings.txt}. See docs/reference/reports/faults.md.
 */
@Timeout(120)
@SuppressWarnings("try") // A half-sent request is only there to be waited for.
class SurroundingsIT {
    private static final Map<String, String> SAID = new TreeMap<>();

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private static Path folder;

    private static Surroundings world;
    private static List<Entry> undisturbed;

    @BeforeAll
    static void teachUndisturbed() throws IOException {
        world = new Surroundings(folder.resolve("world"));
        world.publish("undisturbed");
        world.call("undisturbed", "teach").requireSuccess();
        undisturbed = world.logits("undisturbed");
        assertThat(undisturbed).hasSizeGreaterThan(50).doesNotHaveDuplicates();
    }

    @AfterAll
    static void report() throws IOException {
        world.close();
        Path file = Repository.root().resolve("cli/target/surroundings.txt");
        Files.createDirectories(file.getParent());
        Files.write(
                file,
                SAID.entrySet().stream()
                        .map(act -> act.getKey() + ": " + act.getValue())
                        .toList());
    }

    @Test
    void aRegistryIsEmptiedAndRestored() throws Exception {
        try (Surroundings own = new Surroundings(folder.resolve("own"))) {
            own.publish("act");
            var schemas = own.schemas();

            own.replaceRegistry(List.of());
            requireStopped("registry emptied", own.call("act", "teach"), 1, "schema registry", "act-tokens");
            own.requireNothingGivenUp("act");

            own.replaceRegistry(schemas);
            own.call("act", "teach").requireSuccess();
            assertThat(own.logits("act")).hasSameSizeAs(undisturbed).doesNotHaveDuplicates();
            assertThat(own.logits("act").stream().map(Entry::key))
                    .isEqualTo(undisturbed.stream().map(Entry::key).toList());
        }
    }

    @Test
    void theTeacherIsThatOfAnotherTokenizer() throws Exception {
        Path other = folder.resolve("other-teacher");
        CliCall.run("tokenizer", "--corpus", otherTexts().toString(), "--vocabulary", "400", "--out", other.toString())
                .requireSuccess();
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(world.run().teacher().resolve(file), other.resolve(file));
        }
        world.publish("tokenizer");

        requireStopped(
                "wrong teacher", world.call("tokenizer", "teach", "--teacher", other.toString()), 2, "tokenizer");
        world.requireNothingGivenUp("tokenizer");

        requireTaught("tokenizer");
    }

    @Test
    void aTopicIsDeletedAndMadeAgainWithAnotherText() throws Exception {
        world.publish("anew");
        requireTaught("anew");
        Path out = world.folder().resolve("anew-student");
        String[] training = {
            "--topic",
            "anew-tokens",
            "--alpha",
            "0",
            "--out",
            out.toString(),
            "--set",
            "training={epochs: 15, checkpointSteps: 5}"
        };
        try (Part student = world.process("anew", "anew-student", "train", training)) {
            student.start();
            Surroundings.await("a checkpoint", () -> steps(out).findAny().isPresent());
            student.kill();
        }
        world.deleteTopic("anew-tokens");
        world.publish("anew", "--corpus", otherTexts().toString());

        requireStopped("topic made anew, student", world.call("anew", "train", training), 1, "anew-tokens");
        requireStopped("topic made anew, teacher", world.call("anew", "teach"), 1, "anew-tokens");
        assertThat(world.logits("anew")).isEqualTo(undisturbed);
    }

    @Test
    void theTeachersGroupIsDeleted() throws Exception {
        world.publish("group");
        requireTaught("group");
        String group = "logitstream-teach-group-logits";
        // A stream that ends leaves its members to their session's time-out.
        world.admin()
                .removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
                .all()
                .get();
        world.admin().deleteConsumerGroups(List.of(group)).all().get();

        CliCall again = requireTaught("group");

        said("group deleted", again.err());
    }

    @Test
    void retentionHasPassedTheTeacherBy() throws Exception {
        world.publish("retention");
        requireTaught("retention");
        long end = world.tokens("retention").size();
        world.publish("retention", "--set", "corpus.name=second");
        Map<TopicPartition, RecordsToDelete> passed = new HashMap<>();
        for (int partition = 0; partition < Surroundings.PARTITIONS; partition++) {
            passed.put(new TopicPartition("retention-tokens", partition), RecordsToDelete.beforeOffset(end));
        }
        world.admin().deleteRecords(passed).all().get();

        requireStopped("retention passed", world.call("retention", "teach"), 1, "retention-tokens", "no longer there");
        assertThat(world.logits("retention")).isEqualTo(undisturbed);
    }

    @Test
    void partitionsAreAdded() throws Exception {
        world.publish("added");
        requireTaught("added");
        world.admin()
                .createPartitions(Map.of("added-tokens", NewPartitions.increaseTo(3)))
                .all()
                .get();

        String[] three = {"--set", "topics.partitions=3"};
        requireStopped("partitions added, teacher", world.callWithin("added", "teach", three), null, "partitions");
        requireStopped(
                "partitions added, student",
                world.callWithin(
                        "added",
                        "train",
                        "--topic",
                        "added-tokens",
                        "--alpha",
                        "0",
                        "--out",
                        world.folder().resolve("added-student").toString()),
                1,
                "added-tokens",
                "partition");
        // The teacher has its folder's name in the table.
        Path model = folder.resolve("model");
        Files.createDirectories(model);
        for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")) {
            Files.copy(world.run().teacher().resolve(file), model.resolve(file));
        }
        requireStopped(
                "partitions added, evaluation",
                world.callWithin("added", "evaluate", "--topic", "added-tokens", model.toString()),
                1,
                "added-tokens",
                "partition");
        assertThat(world.logits("added")).isEqualTo(undisturbed);
    }

    @Test
    void announcementsCannotBeLoaded() throws Exception {
        Path huge = Files.createDirectories(folder.resolve("huge"));
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "model.safetensors")) {
            Files.copy(world.run().teacher().resolve(file), huge.resolve(file));
        }
        Files.writeString(
                huge.resolve("config.json"),
                Files.readString(world.run().teacher().resolve("config.json"))
                        .replaceFirst("\"num_hidden_layers\" *: *\\d+", "\"num_hidden_layers\": 1000000000"));
        List<ProducerRecord<byte[], byte[]>> unusable = Stream.of(
                        "no JSON",
                        announcement("/tmp/\\u0000"),
                        announcement(huge.toString()),
                        announcement("/nowhere"))
                .map(SurroundingsIT::announced)
                .toList();
        int metrics = Ports.free();
        world.publish("announced");
        try (Part teacher = world.process(
                "announced", "announced-teacher", "teach", "--forever", "--set", "metrics.port=" + metrics)) {
            teacher.start();
            Surroundings.await(
                    "the corpus is taught", () -> world.logits("announced").size() == undisturbed.size());
            world.send(unusable);
            world.call(
                            "announced",
                            "announce",
                            "--teacher",
                            world.run().teacher().toString(),
                            "--id",
                            "better")
                    .requireSuccess();
            Surroundings.await("the good one is heard", () -> log(teacher).contains("better"));
            world.publish("announced", "--set", "corpus.name=second");
            try (HalfSent waiting = new HalfSent(metrics)) {
                Surroundings.await(
                        "the second corpus is taught",
                        () -> world.logits("announced").size() == 2 * undisturbed.size());
                assertThat(status("http://127.0.0.1:" + metrics + "/metrics")).isEqualTo(200);
            }
            said("announcements that cannot load", log(teacher));
            assertThat(log(teacher)).contains("takes over").doesNotContain("Exception");
            teacher.terminate();
        }
        assertThat(world.logits("announced").stream().map(Entry::key))
                .isEqualTo(world.tokens("announced").stream().map(Entry::key).toList());
        world.send(unusable);
        CliCall started = world.call("announced", "teach").requireSuccess();
        said("announcements that cannot load, at a start", started.err());
    }

    @Test
    void aStudentGetsSigtermInTheMiddleOfCheckpoints() throws Exception {
        Path out = world.folder().resolve("stopped-student");
        String settings = "training={epochs: 12, checkpointSteps: 3}";
        try (Part student =
                world.process("undisturbed", "stopped-student", "train", "--out", out.toString(), "--set", settings)) {
            for (int times = 0; times < 3; times++) {
                student.start();
                long before = steps(out).count() == 0 ? 0 : lastStep(out);
                Surroundings.await(
                        "a checkpoint is being written",
                        () -> !student.isAlive() || lastStep(out) > before && unfinished(out));
                student.terminate();
                said("SIGTERM in the middle of a checkpoint", student.lastWords());
                assertThat(student.lastWords())
                        .containsPattern("stopped at step [\\d,]+")
                        .doesNotContain("Exception");
            }
            student.start();
            Surroundings.await("the student is trained", () -> !student.isAlive());
            assertThat(student.isDone()).as(student.lastWords()).isTrue();
        }
        Path whole = world.folder().resolve("undisturbed-student");
        world.call("undisturbed", "train", "--out", whole.toString(), "--set", settings)
                .requireSuccess();

        assertThat(Student.read(out)).isEqualTo(Student.read(whole));
    }

    @Test
    void requestsAreHalfSentToTheRegistry() throws Exception {
        try (HalfSent waiting = new HalfSent(world.registryPort())) {
            world.publish("half");
            requireTaught("half");
        }
        SAID.put("requests half sent", "(nothing; they are not waited for)");
    }

    /** Teaches an act's topic; its logits are then those without a fault. */
    private static CliCall requireTaught(String act) {
        CliCall taught = world.call(act, "teach").requireSuccess();
        assertThat(world.logits(act)).isEqualTo(undisturbed);
        return taught;
    }

    /** Requires that a command has ended with an exit code, any but 0 if null, and names the cause in its last line. */
    private static void requireStopped(String act, CliCall call, Integer code, String... parts) {
        said(act, call.err());
        String line = SAID.get(act);
        assertThat(call.code()).as(call.err()).isNotZero();
        if (code != null) {
            assertThat(call.code()).as(call.err()).isEqualTo(code);
        }
        assertThat(line).contains(parts);
        assertThat(call.err()).doesNotContain("Exception", "\tat ");
    }

    /** Keeps the last line of a command's own. */
    private static void said(String act, String words) {
        List<String> lines = words.lines()
                .filter(line -> line.startsWith("logitstream: ") || line.contains("[WARN]") || line.contains("[ERROR]"))
                .toList();
        assertThat(lines).as(act + ":\n" + words).isNotEmpty();
        SAID.put(act, lines.get(lines.size() - 1));
    }

    private static String announcement(String path) {
        return "{\"path\": \"%s\", \"id\": \"bad\", \"weightsHash\": \"%s\", \"trainingStep\": null}"
                .formatted(path, "0".repeat(64));
    }

    private static ProducerRecord<byte[], byte[]> announced(String value) {
        return new ProducerRecord<>(
                "announced-teachers",
                "announced-logits".getBytes(StandardCharsets.UTF_8),
                value.getBytes(StandardCharsets.UTF_8));
    }

    private static Path otherTexts() throws IOException {
        Path texts = Files.createDirectories(folder.resolve("other-texts"));
        for (int i = 0; i < 10; i++) {
            Files.writeString(texts.resolve(i + ".txt"), TinyRun.text(1000 + i, 300));
        }
        return texts;
    }

    private static Stream<String> files(Path out) {
        try (Stream<Path> files = Files.list(out.resolve("checkpoints"))) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    private static Stream<Long> steps(Path out) {
        return files(out).filter(name -> name.matches("step-\\d+")).map(name -> Long.parseLong(name.substring(5)));
    }

    private static long lastStep(Path out) {
        return steps(out).max(Long::compare).orElse(0L);
    }

    private static boolean unfinished(Path out) {
        return files(out).anyMatch(name -> name.endsWith(".unfinished"));
    }

    private static String log(Part part) {
        try {
            return part.lastWords();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int status(String url) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setConnectTimeout(5000);
        connection.setReadTimeout(5000);
        return connection.getResponseCode();
    }
}
