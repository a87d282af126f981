package io.logitstream.cli.faults;

import io.logitstream.cli.Logitstream;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Three brokers, a registry, a publisher, two teachers and students, each a process, with links between them. */
final class Pipeline implements AutoCloseable {
    static final List<String> CLIENTS = List.of("REGISTRY", "PRODUCER", "TEACHER1", "TEACHER2", "STUDENT1", "STUDENT2");
    static final String TOKENS = "tokens";
    static final String LOGITS = "logits";
    private static final long LOOK_MS = 50;

    private final Path folder;
    private final TinyRun run;
    private final Path clients;
    private final Brokers brokers;
    private final int registryPort = Ports.free();
    private final Map<String, Link> registryLinks = new TreeMap<>();
    private final Map<String, Part> parts = new TreeMap<>();
    private final List<String> students;
    private final TinyDisk disk;
    private ClusterView view;

    /**
     * @param pauseMs milliseconds from one text to the next
     * @param students number of students, 1 or 2: one that is distilled, one trained on the text alone
     */
    Pipeline(Path folder, long pauseMs, int students) throws IOException, InterruptedException {
        this.folder = folder;
        this.run = TinyRun.create(folder.resolve("run"));
        this.students = new ArrayList<>(List.of("student1", "student2").subList(0, students));
        this.disk = TinyDisk.mount(folder.resolve("students"));
        // Time-outs in proportion to faults of some seconds.
        this.clients = Files.writeString(folder.resolve("clients.properties"), """
        streams.commit.interval.ms=500
        consumer.session.timeout.ms=3000
        consumer.heartbeat.interval.ms=500
        """);
        this.brokers = Brokers.start(folder, 3, CLIENTS, Map.of());
        brokers.all().forEach(broker -> parts.put(broker.name(), broker));
        for (String client : CLIENTS) {
            registryLinks.put(client, new Link(registryPort));
        }
        parts.put(
                "registry",
                new Part(
                        "registry",
                        logs(),
                        "100m",
                        List.of(
                                RegistryProcess.class.getName(),
                                brokers.servers("REGISTRY"),
                                Integer.toString(registryPort))));
        parts.put(
                "producer",
                new Publisher(
                        logs(),
                        line(
                                "PRODUCER",
                                "produce",
                                "--corpus",
                                "-",
                                "--set",
                                "corpus.format=jsonl",
                                "--set",
                                "corpus.shardBytes=2000"),
                        pauseMs));
        for (String name : List.of("TEACHER1", "TEACHER2")) {
            parts.put(
                    name.toLowerCase(Locale.ROOT),
                    new Part(
                            name.toLowerCase(Locale.ROOT),
                            logs(),
                            "250m",
                            line(name, "teach", "--state", folder.resolve(name).toString())));
        }
        this.students.forEach(this::addStudent);
    }

    private Part addStudent(String name) {
        Part student = new Part(
                name, logs(), "250m", line(name.toUpperCase(Locale.ROOT), "train", training(name, student(name))));
        parts.put(name, student);
        return student;
    }

    /** Starts another student, which begins at the beginning of the topic. */
    void join(String name) throws IOException {
        students.add(name);
        addStudent(name).start();
    }

    private String[] training(String name, Path out) {
        return new String[] {
            "--out",
            out.toString(),
            "--alpha",
            name.equals("student1") ? "0.9" : "0",
            "--set",
            "training.tokens=100000000",
            "--set",
            "training.schedule=constant",
            "--set",
            "training.shuffleWindow=5",
            "--set",
            "training.checkpointSteps=20"
        };
    }

    private List<String> line(String client, String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(Logitstream.class.getName()));
        line.addAll(Arrays.asList(
                onCluster(brokers.servers(client), registryLinks.get(client).port(), command, arguments)));
        line.addAll(List.of("--command-config", clients.toString()));
        return line;
    }

    private String[] onCluster(String servers, int registry, String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(run.command(command, arguments)));
        line.addAll(List.of(
                "--set",
                "topics.replicationFactor=3",
                "--bootstrap-server",
                servers,
                "--schema-registry",
                "http://127.0.0.1:" + registry));
        return line.toArray(String[]::new);
    }

    /** Starts all parts in the order in which they need each other. */
    void start() throws Exception {
        await(
                "the brokers answer",
                () -> Connections.answer(kafka(Map.of()), brokers.all().size()));
        parts.get("registry").start();
        await("the registry answers", () -> Connections.answers(registryPort));
        parts.get("producer").start();
        parts.get("teacher1").start();
        parts.get("teacher2").start();
        await("the logits topic is there", () -> TopicKeys.exists(kafka(Map.of()), LOGITS));
        for (String student : students) {
            parts.get(student).start();
        }
    }

    /** Waits, and keeps the parts alive meanwhile. */
    void await(String what, BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + 240_000_000_000L;
        while (!condition.getAsBoolean()) {
            for (Part part : parts.values()) {
                if (part.process() != null) {
                    part.revive();
                }
            }
            if (System.nanoTime() > deadline) {
                StringBuilder words = new StringBuilder();
                for (Part part : parts.values()) {
                    words.append("\n== ")
                            .append(part.name())
                            .append(part.isAlive() ? " runs" : " has ended")
                            .append('\n');
                    words.append(part.process() == null ? "" : part.lastWords());
                }
                throw new AssertionError("in vain: " + what + words);
            }
            Thread.sleep(LOOK_MS);
        }
    }

    List<String> students() {
        return students;
    }

    Part part(String name) {
        return parts.get(name);
    }

    List<Part> parts() {
        return List.copyOf(parts.values());
    }

    /** Whether both teachers share the partitions, and every student has a checkpoint. */
    boolean isAtWork() {
        return cluster().members("logitstream-teach-" + LOGITS) == 2
                && students.stream().noneMatch(student -> checkpoint(student).equals("none"));
    }

    boolean registryAnswers() {
        return Connections.answers(registryPort);
    }

    /** What the brokers say. */
    ClusterView cluster() {
        view = view == null ? new ClusterView(kafka(Map.of()), brokers.all().size()) : view;
        return view;
    }

    /** Name of a student's last checkpoint. */
    String checkpoint(String student) {
        try (Stream<Path> files = Files.list(student(student).resolve("checkpoints"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("step-\\d+"))
                    .max(String::compareTo)
                    .orElse("none");
        } catch (IOException e) {
            return "none";
        }
    }

    /** Whether all that end with the corpus have done so. */
    boolean isDone() {
        return Stream.concat(Stream.of("producer", "teacher1", "teacher2"), students.stream())
                .allMatch(name -> parts.get(name).isDone());
    }

    /** The links of a client to the registry and to all brokers. */
    List<Link> links(String client) {
        List<Link> links = new ArrayList<>(brokers.links(client));
        links.add(registryLinks.get(client));
        return links;
    }

    Publisher publisher() {
        return (Publisher) parts.get("producer");
    }

    /** The small disk that the first student writes to, null where none can be mounted. */
    TinyDisk disk() {
        return disk;
    }

    Path student(String name) {
        return folder.resolve("students").resolve(name);
    }

    /** The cluster as the test sees it, without links. */
    KafkaSettings kafka(Map<String, String> properties) {
        return new KafkaSettings(brokers.servers(Brokers.DIRECT), "http://127.0.0.1:" + registryPort, properties);
    }

    /** Publishes the same texts, in a topic of their own, and teaches them, without any fault. */
    void repeatUndisturbed(long texts, String tokens, String logits) throws IOException {
        StringBuilder input = new StringBuilder();
        for (long i = 1; i <= texts; i++) {
            input.append(Publisher.line(i));
        }
        String[] topics = {"--set", "topics.tokens=" + tokens, "--set", "topics.logits=" + logits};
        CliCall.run(
                        input.toString(),
                        direct(
                                "produce",
                                topics,
                                "--corpus",
                                "-",
                                "--set",
                                "corpus.format=jsonl",
                                "--set",
                                "corpus.shardBytes=2000"))
                .requireSuccess();
        CliCall.run(direct(
                        "teach",
                        topics,
                        "--state",
                        folder.resolve("undisturbed").toString()))
                .requireSuccess();
    }

    /** Trains a student as the one of this name, from the same topic, without any fault. */
    Path retrainUndisturbed(String name) {
        Path out = folder.resolve("undisturbed-" + name);
        CliCall.run(direct("train", new String[0], training(name, out))).requireSuccess();
        return out;
    }

    private String[] direct(String command, String[] settings, String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(settings));
        all.addAll(Arrays.asList(arguments));
        return onCluster(brokers.servers(Brokers.DIRECT), registryPort, command, all.toArray(String[]::new));
    }

    private Path logs() {
        return folder.resolve("logs");
    }

    @Override
    public void close() throws IOException {
        if (view != null) {
            view.close();
        }
        parts.values().forEach(Part::close);
        for (Link link : registryLinks.values()) {
            link.close();
        }
        brokers.close();
        if (disk != null) {
            disk.close();
        }
    }
}
