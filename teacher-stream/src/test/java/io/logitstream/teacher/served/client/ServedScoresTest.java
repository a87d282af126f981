package io.logitstream.teacher.served.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.ServedModel;
import io.logitstream.teacher.served.TeacherServer;
import io.logitstream.teacher.served.standin.Fault;
import io.logitstream.teacher.served.standin.StandInServer;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a client returns, against the model itself. */
class ServedScoresTest {
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

    @ParameterizedTest
    @EnumSource
    void theScoresAreThoseOfTheModel(Format format) throws Exception {
        int[][] rows = ServedFixture.rows(5, 3);
        try (StandInServer server = fixture.server(format);
                TeacherServer client = fixture.connect(server, format)) {
            PromptScores scores = new PromptScores();
            assertThat(client.score(rows, scores).get()).isSameAs(scores);
            requireExpected(scores, rows);

            // The arrays are used again, and the rows of a batch may be more than those of a request.
            int[][] more = ServedFixture.manyRows(180, 20);
            client.score(more, scores).get();
            requireExpected(scores, more);
            assertThat(server.requests()).contains("POST " + path(format));
        }
    }

    private static String path(Format format) {
        return switch (format) {
            case VLLM_GENERATE -> "/inference/v1/generate";
            case VLLM_COMPLETIONS -> "/v1/completions";
            default -> "/generate";
        };
    }

    private static void requireExpected(PromptScores scores, int[][] rows) {
        int position = 0;
        for (int[] row : rows) {
            for (float[] expected : fixture.weights.logProbs(row)) {
                int from = scores.top().offsets()[position];
                int[] best = IntStream.range(0, expected.length)
                        .boxed()
                        .sorted((a, b) -> Float.compare(expected[b], expected[a]))
                        .limit(ServedFixture.K)
                        .mapToInt(i -> i)
                        .toArray();
                assertThat(Arrays.copyOfRange(
                                scores.top().ids(), from, scores.top().offsets()[position + 1]))
                        .isEqualTo(best);
                for (int i = 0; i < best.length; i++) {
                    assertThat(scores.top().logProbs()[from + i]).isCloseTo(expected[best[i]], within(1e-6f));
                }
                position++;
            }
        }
        assertThat(scores.positions()).isEqualTo(position);
        assertThat(scores.top().total()).isEqualTo(position * ServedFixture.K);
        position = 0;
        for (int[] row : rows) {
            float[][] expected = fixture.weights.logProbs(row);
            for (int i = 1; i < row.length; i++) {
                assertThat(scores.textLogProbs()[position++]).isCloseTo(expected[i - 1][row[i]], within(1e-6f));
            }
        }
    }

    /** The same model in this process keeps the same entries. */
    @ParameterizedTest
    @EnumSource(names = {"VLLM_GENERATE", "SGLANG_FLAT_BASE64"})
    void theSupportEqualsTheOneInProcess(Format format) throws Exception {
        TokenBatch batch;
        SparseLogits inProcess = new SparseLogits();
        try (TeacherModel teacher = TeacherLoader.load(
                folder,
                new TeachConfig(null, null, null, null, null, null),
                new SelectionConfig("top-k", null, ServedFixture.K, null, null))) {
            int[] tokens =
                    new Random(1).ints(4L * 17, 0, ServedFixture.VOCABULARY).toArray();
            batch = TokenBatch.newBuilder()
                    .setCorpus("demo")
                    .setShard(0)
                    .setBatch(0)
                    .setRows(4)
                    .setLength(17)
                    .setTokens(TokenBatches.bytes(tokens))
                    .setTokenizerHash(teacher.tokenizerHash())
                    .setVocabularySize(ServedFixture.VOCABULARY)
                    .build();
            teacher.process(batch, inProcess);
        }
        int[] tokens = TokenBatches.tokens(batch);
        int[][] rows = IntStream.range(0, 4)
                .mapToObj(row -> Arrays.copyOfRange(tokens, 17 * row, 17 * row + 17))
                .toArray(int[][]::new);
        try (StandInServer server = fixture.server(format);
                TeacherServer client = fixture.connect(server, format)) {
            PromptScores scores = client.score(rows).get();

            assertThat(scores.positions()).isEqualTo(inProcess.positions());
            assertThat(Arrays.copyOf(scores.top().offsets(), scores.positions() + 1))
                    .isEqualTo(Arrays.copyOf(inProcess.offsets(), inProcess.positions() + 1));
            assertThat(Arrays.copyOf(scores.top().ids(), scores.top().total()))
                    .isEqualTo(Arrays.copyOf(inProcess.ids(), inProcess.total()));
            for (int i = 0; i < scores.top().total(); i++) {
                assertThat(scores.top().logProbs()[i]).isCloseTo(inProcess.logProbs()[i], within(1e-5f));
            }
        }
    }

    /** Entries of ids that only a padded vocabulary has belong to the tail. */
    @Test
    void idsWithoutATokenAreLeftOut() throws Exception {
        int[][] rows = {IntStream.range(0, 20).toArray()};
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE);
                TeacherServer client = TeacherServers.connect(
                        ServedFixture.config(Format.VLLM_GENERATE, 0, server.url()),
                        new ScoringRequirements(ServedFixture.K, 48, ServedFixture.VOCABULARY),
                        fixture.tokenizer)) {
            PromptScores scores = client.score(rows).get();

            assertThat(scores.top().total()).isBetween(1, 19 * ServedFixture.K - 1);
            assertThat(Arrays.stream(scores.top().ids(), 0, scores.top().total()))
                    .allMatch(id -> id < 48);
            assertThat(scores.top().offsets()[19]).isEqualTo(scores.top().total());
        }
    }

    @ParameterizedTest
    @EnumSource
    void entriesOfMinusInfinityAreLeftOut(Format format) throws Exception {
        try (StandInServer server = fixture.server(format);
                TeacherServer client = fixture.connect(server, format)) {
            server.always(Fault.MINUS_INFINITY);
            PromptScores scores = client.score(ServedFixture.rows(1, 9)).get();

            assertThat(scores.top().total()).isEqualTo(8 * (ServedFixture.K - 1));
            assertThat(IntStream.range(0, scores.top().total()))
                    .allMatch(i -> scores.top().logProbs()[i] > -100);
        }
    }

    @Test
    void moreLogprobsThanTheVocabularyHasAreTheVocabulary() throws Exception {
        try (StandInServer server = fixture.server(Format.SGLANG_FLAT_BASE64);
                TeacherServer client = TeacherServers.connect(
                        ServedFixture.config(Format.SGLANG_FLAT_BASE64, 0, server.url()),
                        new ScoringRequirements(1000, ServedFixture.VOCABULARY, ServedFixture.VOCABULARY),
                        fixture.tokenizer)) {
            assertThat(client.score(ServedFixture.rows(1, 4)).get().top().total())
                    .isEqualTo(3 * ServedFixture.VOCABULARY);
        }
    }

    @Test
    void theModelIsDescribed() {
        try (StandInServer server =
                        fixture.server(Format.VLLM_GENERATE).maxModelLen(20).logprobsMode("raw_logprobs");
                TeacherServer client = fixture.connect(server, Format.VLLM_GENERATE)) {
            assertThat(client.describe())
                    .isEqualTo(new ServedModel(
                            ServedFixture.kind(Format.VLLM_GENERATE), "tiny", "1.2.3", "/models/tiny", 19, null, 20));
        }
        try (StandInServer server = fixture.server(Format.SGLANG_NESTED).maxModelLen(20);
                TeacherServer client = fixture.connect(server, Format.SGLANG_NESTED)) {
            assertThat(client.describe())
                    .isEqualTo(new ServedModel(
                            ServedFixture.kind(Format.SGLANG_NESTED), "tiny", "1.2.3", "/models/tiny", 19, null, null));
        }
    }

    @Test
    void requestsAreSentAtOnceUpToTheirNumber() throws Exception {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE).delayMillis(50);
                TeacherServer client = fixture.connect(new ServerConfig(
                        ServedFixture.kind(Format.VLLM_GENERATE),
                        List.of(server.url()),
                        null,
                        null,
                        5,
                        10,
                        0,
                        null,
                        null))) {
            List<CompletableFuture<PromptScores>> batches = IntStream.range(0, 10)
                    .mapToObj(i -> client.score(ServedFixture.rows(2, 3)))
                    .toList();
            for (CompletableFuture<PromptScores> batch : batches) {
                requireExpected(batch.get(), ServedFixture.rows(2, 3));
            }

            assertThat(server.mostRunning()).isEqualTo(5);
        }
    }

    @Test
    void closingCancelsWhatIsInFlightAndWhatWaits() {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE)) {
            TeacherServer client = fixture.connect(server, Format.VLLM_GENERATE);
            List<CompletableFuture<PromptScores>> batches;
            try (client) {
                server.delayMillis(60_000);
                batches = IntStream.range(0, 10)
                        .mapToObj(i -> client.score(ServedFixture.rows(2, 3)))
                        .toList();
                assertThat(batches.get(0).cancel(true)).isTrue();
            }

            assertThat(batches)
                    .allSatisfy(batch -> assertThatThrownBy(batch::get).isInstanceOf(CancellationException.class));
            assertThatThrownBy(client.score(ServedFixture.rows(1, 3))::get).isInstanceOf(CancellationException.class);
        }
    }

    @Test
    void aCancelledBatchMakesRoomForOthers() throws Exception {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE);
                TeacherServer client = fixture.connect(new ServerConfig(
                        ServedFixture.kind(Format.VLLM_GENERATE),
                        List.of(server.url()),
                        null,
                        null,
                        1,
                        60,
                        0,
                        null,
                        null))) {
            server.next(Fault.HANG);
            CompletableFuture<PromptScores> hanging = client.score(ServedFixture.rows(1, 3));
            CompletableFuture<PromptScores> waiting = client.score(ServedFixture.rows(1, 4));
            Thread.sleep(100);
            hanging.cancel(true);

            assertThat(waiting.get().positions()).isEqualTo(3);
        }
    }

    @Test
    void aBatchWithoutRowsHasNoPositions() throws Exception {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE);
                TeacherServer client = fixture.connect(server, Format.VLLM_GENERATE)) {
            assertThat(client.score(new int[0][]).get().positions()).isZero();
            assertThatThrownBy(() -> client.score(new int[][] {{1}})).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
