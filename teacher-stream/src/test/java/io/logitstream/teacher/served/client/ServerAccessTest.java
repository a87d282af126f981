package io.logitstream.teacher.served.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.teacher.TinyTeacher;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.TeacherServer;
import io.logitstream.teacher.served.standin.StandInServer;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys, certificates and tokenizers. */
class ServerAccessTest {
    private static final Format FORMAT = Format.VLLM_COMPLETIONS;

    @TempDir
    private static Path folder;

    private static ServedFixture fixture;
    private static Path store;
    private static Path certificate;

    @BeforeAll
    static void load() throws Exception {
        fixture = new ServedFixture(folder);
        createCertificate();
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    private static void createCertificate() throws Exception {
        store = folder.resolve("server.p12");
        certificate = folder.resolve("server.pem");
        keytool(
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-keystore",
                store);
        keytool("-exportcert", "-rfc", "-file", certificate, "-keystore", store);
    }

    private static ServerConfig config(String url, String apiKey, Path caFile) {
        return new ServerConfig(
                ServedFixture.kind(FORMAT),
                List.of(url),
                null,
                null,
                2,
                5,
                0,
                apiKey,
                caFile == null ? null : caFile.toString());
    }

    @Test
    void theKeyIsSentAndRepeatedNowhere() throws Exception {
        Path secrets = Files.writeString(folder.resolve("secrets"), "right=hush-hush-1\nwrong=hush-hush-2\nblank=\n");
        try (StandInServer server = fixture.server(FORMAT).key("hush-hush-1")) {
            try (TeacherServer client = fixture.connect(config(server.url(), "${file:" + secrets + ":right}", null))) {
                assertThat(client.score(new int[][] {{1, 2, 3}}).get().positions())
                        .isEqualTo(2);
            }

            requireUsage(
                    config(server.url(), "${file:" + secrets + ":wrong}", null),
                    server.url() + "/v1/models refuses the request (status 401: 'Unauthorized'); correct the key that"
                            + " teach.server.apiKey refers to");
            requireUsage(
                    config(server.url(), null, null),
                    server.url()
                            + "/v1/models refuses the request (status 401: 'Unauthorized'); set teach.server.apiKey");
            requireUsage(
                    config(server.url(), "${file:" + secrets + ":none}", null),
                    "teach.server.apiKey refers to ${file:" + secrets + ":none}, which does not exist");
            requireUsage(config(server.url(), "${file:" + secrets + ":blank}", null), "is empty");
            // The name would be part of each record.
            server.model("hush-hush-1");
            assertThat(catchThrowable(
                            () -> fixture.connect(config(server.url(), "${file:" + secrets + ":right}", null))))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("/v1/models lists no model with a name of at most 256 visible characters")
                    .hasMessageNotContaining("hush");
        }
    }

    private static void requireUsage(ServerConfig config, String message) {
        assertThat(catchThrowable(() -> fixture.connect(config)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("hush")
                .hasMessageNotContaining("\n");
    }

    @Test
    void certificatesAreCheckedAgainstTheFileOfAuthorities() throws Exception {
        try (StandInServer server = secureServer(0)) {
            String url = "https://localhost:" + server.port();
            try (TeacherServer client = fixture.connect(config(url, null, certificate))) {
                assertThat(client.score(new int[][] {{1, 2, 3}}).get().positions())
                        .isEqualTo(2);
            }

            requireFailure(
                    config(url, null, null),
                    url + "/v1/models: its certificate is not trusted",
                    "set teach.server.caFile to the certificate of its authority");
            requireFailure(
                    config("https://127.0.0.1:" + server.port(), null, certificate),
                    "its certificate is for another host name",
                    "127.0.0.1");
            requireFailure(config("http://localhost:" + server.port(), null, null), "http://localhost");
        }
        try (ServerSocket plain = new ServerSocket(0)) {
            Thread answering = new Thread(() -> answerWithoutTls(plain));
            answering.start();
            requireFailure(
                    config("https://localhost:" + plain.getLocalPort(), null, certificate),
                    "no secure connection",
                    "does the server speak https at this port?");
            answering.join();
        }
        requireFailure(
                config("https://localhost:1", null, folder.resolve("none.pem")),
                "teach.server.caFile " + folder.resolve("none.pem"),
                "does not exist");
        Path text = Files.writeString(folder.resolve("text.pem"), "no certificate");
        requireFailure(
                config("https://localhost:1", null, text),
                "teach.server.caFile " + text + " holds no certificate in PEM format");
    }

    @Test
    void aConnectionThatEndsBeforeItIsSecureIsRepeated() throws Exception {
        StandInServer first = secureServer(0);
        ServerConfig once = config("https://localhost:" + first.port(), null, certificate);
        ServerConfig repeating =
                new ServerConfig(once.api(), once.url(), null, null, 2, 5, 60, null, certificate.toString());
        try (TeacherServer client = fixture.connect(repeating)) {
            first.close();
            CompletableFuture<PromptScores> batch;
            try (ServerSocket closing = new ServerSocket(first.port())) {
                batch = client.score(new int[][] {{1, 2, 3}});
                closing.accept().close();
            }
            try (StandInServer second = secureServer(first.port())) {
                assertThat(batch.get().positions()).isEqualTo(2);
                assertThat(second.requests()).isNotEmpty();
            }
        }
    }

    private static StandInServer secureServer(int port) throws Exception {
        return StandInServer.start(FORMAT, fixture.weights, fixture.tokenizer, port, tls(store));
    }

    private static void answerWithoutTls(ServerSocket server) {
        try (Socket connection = server.accept()) {
            connection.getInputStream().read();
            connection.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            connection.getInputStream().skip(Long.MAX_VALUE);
        } catch (IOException e) {
            // The client breaks off.
        }
    }

    private static void requireFailure(ServerConfig config, String... parts) {
        Throwable failure = catchThrowable(() -> fixture.connect(config));
        assertThat(failure).isInstanceOf(LogitstreamException.class);
        assertThat(failure.getMessage()).contains(parts).doesNotContain("\n", "Exception", "java.");
    }

    private static void keytool(Object... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        command.addAll(List.of("-alias", "server", "-storepass", "password", "-storetype", "PKCS12"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isZero();
    }

    private static SSLContext tls(Path store) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "password".toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "password".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    @Test
    void anotherTokenizerIsFoundAtStart(@TempDir Path other) throws Exception {
        TinyTeacher.write(other, ServedFixture.VOCABULARY);
        String json = Files.readString(other.resolve("tokenizer.json"));
        Files.writeString(
                other.resolve("tokenizer.json"), json.replace("\"unk_token\": \"w0\"", "\"unk_token\": \"w9\""));
        try (Tokenizer theirs = Tokenizer.load(other);
                StandInServer server = StandInServer.start(FORMAT, fixture.weights, theirs)) {
            Throwable failure = catchThrowable(() -> TeacherServers.connect(
                    config(server.url(), null, null),
                    new ScoringRequirements(5, ServedFixture.VOCABULARY, ServedFixture.VOCABULARY),
                    fixture.tokenizer));

            assertThat(failure)
                    .isInstanceOf(UsageException.class)
                    .hasMessage(server.url() + " has another tokenizer: token 0 of a test text is 9 there and 0 here;"
                            + " give the tokenizer of model tiny as teacher");
        }
        try (StandInServer server = StandInServer.start(FORMAT, fixture.weights, null);
                TeacherServer client = fixture.connect(config(server.url(), null, null))) {
            assertThat(client.describe().name()).isEqualTo("tiny");
        }
    }
}
