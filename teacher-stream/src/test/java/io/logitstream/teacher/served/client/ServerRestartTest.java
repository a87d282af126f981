package io.logitstream.teacher.served.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.teacher.TinyTeacher;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.TeacherServer;
import io.logitstream.teacher.served.standin.Fault;
import io.logitstream.teacher.served.standin.ServedWeights;
import io.logitstream.teacher.served.standin.StandInServer;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers that stop, come back, come back as others, and lists of servers. */
class ServerRestartTest {
    private static final Format FORMAT = Format.VLLM_GENERATE;
    private static final int[][] ROWS = {{3, 1, 4, 1, 5}, {9, 2, 6}};

    @TempDir
    private static Path folder;

    private static ServedFixture fixture;

    @BeforeAll
    static void load() throws IOException {
        fixture = new ServedFixture(folder);
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    private static TeacherServer connect(StandInServer... servers) {
        String[] urls = new String[servers.length];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = servers[i].url();
        }
        return fixture.connect(ServedFixture.config(FORMAT, 20, urls));
    }

    private static StandInServer again(StandInServer stopped) {
        return StandInServer.start(FORMAT, fixture.weights, fixture.tokenizer, stopped.port(), null);
    }

    /** A batch whose requests find no server. */
    private static CompletableFuture<PromptScores> whileGone(StandInServer server, TeacherServer client)
            throws InterruptedException {
        server.close();
        CompletableFuture<PromptScores> batch = client.score(ROWS);
        Thread.sleep(100);
        return batch;
    }

    @Test
    void aServerThatComesBackIsUsedAgain() throws Exception {
        StandInServer first = fixture.server(FORMAT);
        try (TeacherServer client = connect(first)) {
            PromptScores expected = client.score(ROWS).get();
            first.close();
            List<CompletableFuture<PromptScores>> batches = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                batches.add(client.score(ROWS));
            }
            Thread.sleep(300);
            assertThat(batches).noneMatch(CompletableFuture::isDone);

            try (StandInServer second = again(first)) {
                for (CompletableFuture<PromptScores> batch : batches) {
                    assertThat(batch.get().textLogProbs()).isEqualTo(expected.textLogProbs());
                }
                assertThat(second.requests()).startsWith("GET /v1/models");
            }
        }
    }

    @Test
    void aServerThatComesBackWithAnotherModelIsRefused() throws Exception {
        StandInServer first = fixture.server(FORMAT);
        try (TeacherServer client = connect(first)) {
            CompletableFuture<PromptScores> batch = whileGone(first, client);
            try (StandInServer second = again(first).model("other")) {
                assertThatThrownBy(batch::get)
                        .cause()
                        .isInstanceOf(LogitstreamException.class)
                        .hasMessageContaining(second.url() + " serves no model 'tiny'")
                        .hasMessageContaining("at the start of this run it was 'tiny'");
            }
        }
    }

    @Test
    void aServerThatComesBackInAnotherVersionIsRefused() throws Exception {
        StandInServer first = fixture.server(FORMAT);
        try (TeacherServer client = connect(first)) {
            CompletableFuture<PromptScores> batch = whileGone(first, client);
            try (StandInServer second = again(first).version("2.0")) {
                assertThatThrownBy(batch::get)
                        .cause()
                        .isInstanceOf(LogitstreamException.class)
                        .hasMessageContaining(second.url()
                                + " has version '2.0', but the run began with '1.2.3'; the log-probabilities");
            }
        }
    }

    /** The name of the model is the same, but not what it computes. */
    @Test
    void aServerThatComesBackWithOtherWeightsIsRefused(@TempDir Path otherFolder) throws Exception {
        TinyTeacher.write(otherFolder, ServedFixture.VOCABULARY, 77);
        StandInServer first = fixture.server(FORMAT);
        try (TeacherServer client = connect(first);
                ServedWeights others = ServedWeights.load(otherFolder)) {
            CompletableFuture<PromptScores> batch = whileGone(first, client);
            try (StandInServer second = StandInServer.start(FORMAT, others, fixture.tokenizer, first.port(), null)) {
                assertThatThrownBy(batch::get)
                        .cause()
                        .isInstanceOf(LogitstreamException.class)
                        .hasMessageContaining(
                                second.url() + " gives other log-probabilities than at the start of this run");
            }
        }
    }

    /** No request fails while the server is restarted between two batches. */
    @Test
    void aServerThatWasIdleIsAskedForItsModelFirst() throws Exception {
        StandInServer first = fixture.server(FORMAT);
        try (TeacherServer client = TeacherServers.connect(
                ServedFixture.config(FORMAT, 0, first.url()),
                new ScoringRequirements(ServedFixture.K, ServedFixture.VOCABULARY, ServedFixture.VOCABULARY),
                fixture.tokenizer,
                Duration.ZERO)) {
            // Other requests wait for the verification, which takes longer than one look of theirs.
            first.delayMillis(550);
            assertThat(client.score(ServedFixture.rows(2, 3)).get().positions()).isEqualTo(5);
            first.close();
            try (StandInServer second = again(first).version("2.0")) {
                assertThatThrownBy(client.score(ROWS)::get)
                        .cause()
                        .hasMessageContaining(second.url() + " has version '2.0', but the run began with '1.2.3'");
            }
        }
    }

    /** Nothing that a server or a proxy says before the model is verified is about the prompt, or for ever. */
    @ParameterizedTest
    @CsvSource({"REFUSED,1", "ABSENT,3", "HTML,3"})
    void aVerificationThatFailsIsRepeated(Fault fault, int times) throws Exception {
        try (StandInServer server = fixture.server(FORMAT);
                TeacherServer client = idle(server)) {
            for (int i = 0; i < times; i++) {
                server.nextInfo(fault);
            }
            int asked = server.requests().size();

            assertThat(client.score(ROWS).get().positions()).isEqualTo(6);
            assertThat(server.requests().subList(asked, asked + times)).containsOnly("GET /v1/models");
        }
    }

    @Test
    void aTestPromptThatIsRefusedOnceRefusesNoPrompt() throws Exception {
        try (StandInServer server = fixture.server(FORMAT);
                TeacherServer client = idle(server)) {
            server.next(Fault.REFUSED);

            assertThat(client.score(ROWS).get().positions()).isEqualTo(6);
        }
    }

    /** A client that verifies the model before the next request. */
    private static TeacherServer idle(StandInServer server) {
        return TeacherServers.connect(
                ServedFixture.config(FORMAT, 60, server.url()),
                new ScoringRequirements(ServedFixture.K, ServedFixture.VOCABULARY, ServedFixture.VOCABULARY),
                fixture.tokenizer,
                Duration.ZERO);
    }

    @Test
    void requestsAreSpreadOverAllAddresses() throws Exception {
        try (StandInServer first = fixture.server(FORMAT).delayMillis(20);
                StandInServer second = fixture.server(FORMAT).delayMillis(20);
                TeacherServer client = connect(first, second)) {
            client.score(ServedFixture.manyRows(32, 3)).get();

            assertThat(first.scored()).isBetween(10, 24);
            assertThat(second.scored()).isBetween(10, 24);
        }
    }

    @Test
    void aDeadAddressIsLeftOutAndTriedAgain() throws Exception {
        StandInServer first = fixture.server(FORMAT);
        first.close();
        try (StandInServer second = fixture.server(FORMAT);
                TeacherServer client = connect(first, second)) {
            client.score(ServedFixture.manyRows(16, 3)).get();

            try (StandInServer back = again(first)) {
                for (int i = 0; i < 100 && back.scored() < 3; i++) {
                    client.score(ServedFixture.rows(8, 3)).get();
                    Thread.sleep(20);
                }
                assertThat(back.scored()).isGreaterThanOrEqualTo(3);
            }
            // And gone once more: its requests move to the other one.
            client.score(ServedFixture.manyRows(16, 3)).get();
        }
    }

    @Test
    void anAddressWithUnusableAnswersIsNotAskedThreeTimesIfThereIsAnother() throws Exception {
        try (StandInServer first = fixture.server(FORMAT);
                StandInServer second = fixture.server(FORMAT);
                TeacherServer client = connect(first, second)) {
            first.always(Fault.NAN);
            for (int i = 0; i < 8; i++) {
                client.score(ROWS).get();
            }
        }
    }

    @Test
    void anAddressThatIsBusyAtStartIsLeftOutIfAnotherOneWorks() throws Exception {
        for (Fault fault : new Fault[] {Fault.BUSY, Fault.ERROR, Fault.NO_ANSWER}) {
            try (StandInServer first = fixture.server(FORMAT).always(fault);
                    StandInServer second = fixture.server(FORMAT);
                    TeacherServer client = connect(first, second)) {
                assertThat(client.score(ROWS).get().positions()).isEqualTo(6);
            }
        }
        try (StandInServer first = fixture.server(FORMAT).nextInfo(Fault.BUSY);
                StandInServer second = fixture.server(FORMAT);
                TeacherServer client = connect(first, second)) {
            assertThat(client.score(ROWS).get().positions()).isEqualTo(6);
        }
    }

    @Test
    void theTestPromptIsRepeatedAtStartWhileNoAddressScoresIt() throws Exception {
        try (StandInServer first = fixture.server(FORMAT).next(Fault.ERROR, Fault.UNAVAILABLE);
                StandInServer second = fixture.server(FORMAT).next(Fault.NO_ANSWER, Fault.ERROR);
                TeacherServer client = connect(first, second)) {
            assertThat(first.scored()).isEqualTo(3);
            assertThat(second.scored()).isEqualTo(3);
            assertThat(client.score(ROWS).get().positions()).isEqualTo(6);
        }
    }

    @Test
    void addressesWithDifferentModelsAreRefusedAtStart() {
        try (StandInServer first = fixture.server(FORMAT);
                StandInServer second = fixture.server(FORMAT).version("2.0")) {
            assertThat(catchThrowable(() -> connect(first, second)))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining(second.url() + " has version '2.0', but " + first.url() + " has '1.2.3'");
        }
    }
}
