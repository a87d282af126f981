package io.logitstream.cli.faults;

import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.Logitstream;
import io.logitstream.cli.faults.Grants.Right;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.embedded.registry.EmbeddedRegistry;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * TLS and SCRAM to a broker that denies all that is not granted, TLS and basic authentication to the registry; each part
 * as a user of its own with the least that it needs.
 */
class SecurityIT {
    private static final String STORE_PASSWORD = "store-secret-1";
    private static final String REGISTRY_PASSWORD = "registry-secret-2";
    private static final Map<String, String> PASSWORDS =
            Map.of("producer", "producer-secret-3", "teacher", "teacher-secret-4", "student", "student-secret-5");

    @TempDir
    private static Path folder;

    private static Path keys;
    private static Brokers brokers;
    private static EmbeddedRegistry registry;
    private static SecureRegistry secureRegistry;
    private static TinyRun run;
    private static CliCall taught;
    private static CliCall trained;

    @BeforeAll
    static void start() throws Exception {
        run = TinyRun.create(folder.resolve("run"));
        keys = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "test",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=ip:127.0.0.1,dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        STORE_PASSWORD)
                .inheritIO()
                .start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS) && keytool.exitValue() == 0)
                .isTrue();
        brokers = Brokers.start(
                folder,
                1,
                List.of("SECURE"),
                Map.of(
                        "listener.security.protocol.map",
                        "INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,DIRECT:PLAINTEXT,SECURE:SASL_SSL",
                        "sasl.enabled.mechanisms",
                        "SCRAM-SHA-512",
                        "listener.name.secure.scram-sha-512.sasl.jaas.config",
                        "org.apache.kafka.common.security.scram.ScramLoginModule required;",
                        "ssl.keystore.location",
                        keys.toString(),
                        "ssl.keystore.password",
                        STORE_PASSWORD,
                        "authorizer.class.name",
                        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                        // The listeners without a password are those of the broker itself and of this test.
                        "super.users",
                        "User:ANONYMOUS"));
        KafkaSettings direct = direct();
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> Connections.answer(direct, 1));
        registry = EmbeddedRegistry.start(direct.bootstrapServers(), 0);
        secureRegistry = new SecureRegistry(registry.url(), keys, STORE_PASSWORD, "schemas", REGISTRY_PASSWORD);
        try (Admin admin = Admin.create(direct.admin())) {
            Grants grants = new Grants(admin);
            for (Map.Entry<String, String> user : PASSWORDS.entrySet()) {
                grants.user(user.getKey(), user.getValue());
            }
            grants.give(Grants.ofTheGuide("pd").stream()
                    .filter(right -> right.onlyIf().isEmpty())
                    .toList());
        }
        runEachPart();
    }

    private static void runEachPart() throws Exception {
        List<String> line =
                new ArrayList<>(List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=info", Logitstream.class.getName()));
        line.addAll(List.of(as("producer", PASSWORDS.get("producer"), "produce")));
        try (Part producer = new Part("talkative", folder.resolve("logs"), "250m", line)) {
            producer.start();
            assertThat(producer.process().waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(producer.isDone()).as(producer.lastWords()).isTrue();
        }
        taught = CliCall.run(as(
                        "teacher",
                        PASSWORDS.get("teacher"),
                        "teach",
                        "--state",
                        folder.resolve("state").toString()))
                .requireSuccess();
        trained = CliCall.run(as(
                        "student",
                        PASSWORDS.get("student"),
                        "train",
                        "--out",
                        folder.resolve("pd").toString()))
                .requireSuccess();
    }

    @AfterAll
    static void stop() throws IOException {
        if (secureRegistry != null) {
            secureRegistry.close();
            registry.close();
        }
        brokers.close();
    }

    @Test
    void eachPartWorksWithWhatItIsGranted() throws Exception {
        assertThat(TopicKeys.read(direct(), "logits"))
                .hasSameSizeAs(TopicKeys.read(direct(), "tokens"))
                .isNotEmpty();
        assertThat(folder.resolve("pd/model.safetensors")).exists();
        String log = Files.readString(folder.resolve("logs/talkative.err"));
        assertThat(log).as("logs the clients' settings").contains("sasl.mechanism = SCRAM-SHA-512");
        requireNoSecrets(log, taught.out() + taught.err(), trained.out() + trained.err());
    }

    @Test
    void noPartCanDoAnothersWork() throws Exception {
        CliCall produced = CliCall.run(as("student", PASSWORDS.get("student"), "produce"));
        CliCall taughtByProducer = CliCall.run(as(
                "producer",
                PASSWORDS.get("producer"),
                "teach",
                "--state",
                folder.resolve("state-2").toString()));
        CliCall trainedByProducer = CliCall.run(as(
                "producer",
                PASSWORDS.get("producer"),
                "train",
                "--out",
                folder.resolve("other").toString()));
        CliCall group = CliCall.run(as("student", PASSWORDS.get("student"), "produce", "--topic", "logits"));

        for (CliCall call : List.of(produced, taughtByProducer, trainedByProducer, group)) {
            assertThat(call.code()).isEqualTo(1);
            assertThat(call.err()).containsPattern("topic (tokens|logits).*(?i)authoriz");
            requireNoSecrets(call.out(), call.err());
        }
    }

    @Test
    void aWrongPasswordIsRefusedAndNotShown() throws Exception {
        CliCall call = CliCall.run(as(
                "student",
                "wrong-secret-6",
                "train",
                "--out",
                folder.resolve("wrong").toString(),
                "--stacktrace"));

        assertThat(call.code()).isEqualTo(1);
        assertThat(call.err()).contains("Kafka at 127.0.0.1:", "refuses", "uthentication");
        requireNoSecrets(call.out(), call.err());
        assertThat(call.err()).doesNotContain("wrong-secret-6");
    }

    @Test
    void withoutAnyOneOfItsRightsAPartIsRefused() throws Exception {
        Map<String, String[]> commands = Map.of(
                "producer",
                onDenied("producer", "produce"),
                "teacher",
                onDenied(
                        "teacher", "teach", "--state", folder.resolve("state-3").toString()),
                "student",
                onDenied("student", "train", "--out", folder.resolve("denied").toString()));
        // In an order in which what is refused still has something to do. Nothing is evaluated here.
        List<Right> rights = Grants.ofTheGuide("denied").stream()
                .filter(right -> !right.name().equals("held-out"))
                .map(right -> right.renamed("denied-"))
                .sorted(Comparator.<Right, Boolean>comparing(
                                right -> !right.part().equals("producer"))
                        .thenComparing(right ->
                                List.of(CREATE, DESCRIBE_CONFIGS, WRITE, READ).indexOf(right.operation()))
                        .thenComparing(right -> right.onlyIf().isEmpty()))
                .toList();
        assertThat(rights).hasSizeGreaterThan(20);

        SoftAssertions softly = new SoftAssertions();
        try (Admin admin = Admin.create(direct().admin())) {
            Grants grants = new Grants(admin);
            grants.give(rights);
            for (Right right : rights) {
                if (right.part().equals("producer") && right.operation() == READ) {
                    CliCall.run(commands.get("producer")).requireSuccess();
                }
                grants.take(right);
                Set<String> before = admin.listTopics().names().get();
                CliCall call = CliCall.run(commands.get(right.part()));
                grants.give(List.of(right));
                if (right.operation() == CREATE) {
                    // One request creates all topics, and those that were not refused are there.
                    Set<String> created =
                            new HashSet<>(admin.listTopics().names().get());
                    created.removeAll(before);
                    admin.deleteTopics(created).all().get();
                }
                softly.assertThat(call.code())
                        .as("without %s: %s", right, call.err())
                        .isEqualTo(1);
                softly.assertThat(call.err()
                                .lines()
                                .filter(line -> line.startsWith("logitstream: "))
                                .toList())
                        .as("without %s: %s", right, call.err())
                        .hasSize(1)
                        .allSatisfy(
                                line -> assertThat(line).contains(right.name()).containsIgnoringCase("authoriz"));
            }
        }
        softly.assertAll();
    }

    private static String[] onDenied(String user, String command, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(as(user, PASSWORDS.get(user), command, arguments)));
        for (String topic : List.of(
                "tokens=denied-tokens",
                "logits=denied-logits",
                "deadLetters=denied-logits-dead-letters",
                "teachers=denied-teachers")) {
            line.addAll(List.of("--set", "topics." + topic));
        }
        return line.toArray(String[]::new);
    }

    private static void requireNoSecrets(String... texts) {
        for (String text : texts) {
            assertThat(text).doesNotContain(STORE_PASSWORD, REGISTRY_PASSWORD).doesNotContain(PASSWORDS.values());
        }
    }

    /** A command of a user; the password of Kafka comes from one file, the others from another. */
    private static String[] as(String user, String password, String command, String... arguments) throws IOException {
        Path secret = Files.writeString(
                folder.resolve(user + ".secret"),
                "kafka=org.apache.kafka.common.security.scram"
                        + ".ScramLoginModule required username=\"" + user + "\" password=\"" + password + "\";\nstore="
                        + STORE_PASSWORD
                        + "\nregistry=schemas:" + REGISTRY_PASSWORD + "\n");
        Path clients = Files.writeString(folder.resolve(user + ".properties"), """
        security.protocol=SASL_SSL
        sasl.mechanism=SCRAM-SHA-512
        sasl.jaas.config=${file:%1$s:kafka}
        ssl.truststore.location=%2$s
        ssl.truststore.password=${file:%1$s:store}
        schema.registry.ssl.truststore.location=%2$s
        schema.registry.ssl.truststore.password=${file:%1$s:store}
        schema.registry.basic.auth.credentials.source=USER_INFO
        schema.registry.basic.auth.user.info=${file:%1$s:registry}
        """.formatted(secret, keys));
        List<String> line = new ArrayList<>(List.of(run.command(command, arguments)));
        line.addAll(List.of(
                "--bootstrap-server",
                brokers.servers("SECURE"),
                "--schema-registry",
                secureRegistry.url(),
                "--command-config",
                clients.toString()));
        return line.toArray(String[]::new);
    }

    private static KafkaSettings direct() {
        return new KafkaSettings(
                brokers.servers(Brokers.DIRECT), registry == null ? "http://none" : registry.url(), Map.of());
    }
}
