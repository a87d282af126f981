package io.logitstream.teacher.served.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.RefusedPromptException;
import io.logitstream.teacher.served.TeacherServer;
import io.logitstream.teacher.served.standin.Fault;
import io.logitstream.teacher.served.standin.StandInServer;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each fault of a server, and what the user reads. */
class ServerFaultsTest {
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            BUSY             | VLLM_GENERATE      | URL answers with status 429: 'too many requests'; lower teach.server.requests, or raise teach.server.retrySeconds
            ERROR            | VLLM_GENERATE      | URL answers with status 500: 'EngineCore encountered an issue'; start the server or see its log, or correct teach.server.url
            UNAVAILABLE      | VLLM_GENERATE      | URL answers with status 503: 'no server is available'
            NO_ANSWER        | VLLM_GENERATE      | URL breaks off the connection
            RESET            | VLLM_GENERATE      | URL breaks off the connection
            TRUNCATED        | VLLM_COMPLETIONS   | URL: the answer ends in the middle
            TRUNCATED        | SGLANG_FLAT_BASE64 | URL: the answer ends in the middle
            ENDLESS          | VLLM_GENERATE      | URL: the answer has more than 10
            HTML             | VLLM_GENERATE      | URL: the answer is a page (text/html; charset=utf-8): 'Log in Log in first
            HTML_AS_JSON     | VLLM_GENERATE      | URL: the answer has '<html><head><title>Log in</title></head>' where an object belongs
            HTML_AS_JSON     | SGLANG_NESTED      | where an array belongs
            DEEP             | VLLM_GENERATE      | URL: the answer is nested more than 64 levels deep
            EMPTY            | VLLM_GENERATE      | URL: the answer has no prompt_logprobs
            EMPTY            | VLLM_COMPLETIONS   | URL: the answer has no choices
            TRAILING         | VLLM_COMPLETIONS   | URL: the answer goes on behind its end with '<!-- proxy -->'
            REDIRECT         | VLLM_GENERATE      | URL leads to another address (status 302, https://elsewhere/); set teach.server.url to that address
            FEWER_POSITIONS  | VLLM_GENERATE      | URL: the answer has log-probabilities of 3 of the 4 positions of its prompt
            FEWER_POSITIONS  | VLLM_COMPLETIONS   | has log-probabilities of 3 of the 4 positions of its prompt
            FEWER_POSITIONS  | SGLANG_NESTED      | has log-probabilities of 3 of the 4 positions of its prompt
            FEWER_POSITIONS  | SGLANG_FLAT_JSON   | has log-probabilities of 3 of the 4 positions of its prompt
            FEWER_POSITIONS  | SGLANG_FLAT_BASE64 | has log-probabilities of 3 of the 4 positions of its prompt
            MORE_POSITIONS   | VLLM_GENERATE      | has log-probabilities of more than the 4 positions of its prompt
            MORE_POSITIONS   | SGLANG_FLAT_BASE64 | is for more than the 5 tokens of the prompt
            OTHER_TOKENS     | VLLM_GENERATE      | : another text was scored
            OTHER_TOKENS     | VLLM_COMPLETIONS   | : another text was scored
            OTHER_TOKENS     | SGLANG_FLAT_BASE64 | is for other tokens: token 0 is 4 instead of 3
            SHORTER_PROMPT   | VLLM_GENERATE      | has log-probabilities of 3 of the 4 positions of its prompt
            SHORTER_PROMPT   | SGLANG_NESTED      | has log-probabilities of 3 of the 4 positions of its prompt
            NAN              | VLLM_GENERATE      | has no number (NaN) as log-probability of token
            NAN              | SGLANG_FLAT_BASE64 | has no number (NaN) as log-probability of token
            NAN              | SGLANG_FLAT_JSON   | has no number (NaN) as log-probability of token
            NULL             | VLLM_COMPLETIONS   | has no number (NaN) as log-probability of token
            NULL             | SGLANG_NESTED      | has no number (NaN) as log-probability of token
            POSITIVE         | VLLM_GENERATE      | has the number 1.5 as log-probability of token
            POSITIVE         | SGLANG_FLAT_BASE64 | --logprobs-mode raw_logprobs
            NO_PROBABILITY   | VLLM_GENERATE      | has no token with a probability at position 1
            NO_PROBABILITY   | SGLANG_FLAT_BASE64 | has no token with a probability at position 1
            NOT_NORMALISED   | VLLM_GENERATE      | at position 0; only log-probabilities can be used, for which vLLM is started with --logprobs-mode raw_logprobs
            RAGGED           | VLLM_GENERATE      | has 6 instead of 7 entries
            RAGGED           | SGLANG_FLAT_BASE64 | has 6 instead of 7 entries at position 1
            MORE_ENTRIES     | VLLM_COMPLETIONS   | has more than 8 entries at position 0 (K is 7)
            MORE_ENTRIES     | SGLANG_NESTED      | has more than 7 entries at position 0
            MORE_ENTRIES     | SGLANG_FLAT_JSON   | has more than the 28 values of 4 positions
            MORE_ENTRIES     | SGLANG_FLAT_BASE64 | has more than the 28 values that belong in it
            DUPLICATE        | VLLM_GENERATE      | twice at position 0
            DUPLICATE        | SGLANG_FLAT_BASE64 | twice at position 0
            BEYOND_VOCABULARY | VLLM_GENERATE     | has token 71 at position 0, outside the vocabulary of 64
            BEYOND_VOCABULARY | SGLANG_FLAT_BASE64 | has token 71 at position 0, outside the vocabulary of 64
            NEGATIVE_ID      | VLLM_GENERATE      | has '-3' where a token id belongs
            NEGATIVE_ID      | SGLANG_FLAT_JSON   | has token -3 at position 0, outside the vocabulary of 64
            OTHER_MODEL      | VLLM_COMPLETIONS   | is from model 'other' instead of 'tiny'
            OTHER_MODEL      | VLLM_GENERATE      | is from model 'other' instead of 'tiny'
            FEWER_PROMPTS    | VLLM_COMPLETIONS   | has 1 choices for 2 prompts
            FEWER_PROMPTS    | SGLANG_FLAT_BASE64 | has 1 results for 2 prompts
            WRONG_TYPE       | SGLANG_FLAT_BASE64 | has values of type float16 instead of float32
            WRONG_SHAPE      | SGLANG_FLAT_BASE64 | has the shape [4, 8] where [4, 7] belongs
            SHORT_BASE64     | SGLANG_FLAT_BASE64 | has base64 text that is not complete
            BAD_BASE64       | SGLANG_FLAT_BASE64 | has base64 text with the character '*'
            NO_LOGPROBS      | VLLM_GENERATE      | has no prompt_logprobs
            NO_LOGPROBS      | VLLM_COMPLETIONS   | has no prompt_logprobs
            NO_LOGPROBS      | SGLANG_FLAT_BASE64 | has no input_token_logprobs
            """)
    void aFaultThatLastsEndsInOneLine(Fault fault, Format format, String message) throws Exception {
        try (StandInServer server = fixture.server(format);
                TeacherServer client = fixture.connect(server, format)) {
            server.always(fault);
            PromptScores scores = new PromptScores();
            // Rows of several requests fail in any order.
            int[][] rows = format == Format.VLLM_GENERATE ? new int[][] {ROWS[0]} : ROWS;
            Throwable failure = failure(client.score(rows, scores));

            requireOneLine(failure, message.replace("URL", server.url() + path(format)));
            assertThat(scores.positions()).isZero();
        }
    }

    private static String path(Format format) {
        return switch (format) {
            case VLLM_GENERATE -> "/inference/v1/generate";
            case VLLM_COMPLETIONS -> "/v1/completions";
            default -> "/generate";
        };
    }

    private static Throwable failure(CompletableFuture<PromptScores> batch) throws InterruptedException {
        try {
            batch.get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    private static void requireOneLine(Throwable failure, String... parts) {
        assertThat(failure).isInstanceOf(LogitstreamException.class);
        assertThat(failure.getMessage())
                .contains(parts)
                .doesNotContain("\n", "Exception", "java.")
                .hasSizeLessThan(600);
    }

    /** None of the faults loses or changes a score if the server works again. */
    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {
                "NONE",
                "REDIRECT",
                "MINUS_INFINITY",
                "ENDLESS",
                "HANG",
                "WRONG_TYPE",
                "WRONG_SHAPE",
                "SHORT_BASE64",
                "BAD_BASE64"
            })
    void aFaultThatPassesChangesNothing(Fault fault) throws Exception {
        try (StandInServer server = fixture.server(Format.VLLM_COMPLETIONS);
                TeacherServer client =
                        fixture.connect(ServedFixture.config(Format.VLLM_COMPLETIONS, 20, server.url()))) {
            PromptScores expected = client.score(ROWS).get();
            int before = server.scored();
            server.next(fault);
            PromptScores scores = client.score(ROWS).get();

            assertThat(server.scored()).isGreaterThan(before + 1);
            assertThat(scores.textLogProbs()).isEqualTo(expected.textLogProbs());
            assertThat(scores.top().ids()).isEqualTo(expected.top().ids());
        }
    }

    @Test
    void aServerThatHangsIsGivenUpInTime() throws Exception {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE);
                TeacherServer client = fixture.connect(new ServerConfig(
                        ServedFixture.kind(Format.VLLM_GENERATE),
                        List.of(server.url()),
                        null,
                        null,
                        null,
                        1,
                        0,
                        null,
                        null))) {
            server.always(Fault.HANG);

            requireOneLine(
                    failure(client.score(ROWS)),
                    server.url() + "/inference/v1/generate gives no complete answer in time; start the server");
        }
    }

    @Test
    void anAnswerThatCannotBeUsedIsAskedForThreeTimes() throws Exception {
        try (StandInServer server = fixture.server(Format.VLLM_COMPLETIONS);
                TeacherServer client =
                        fixture.connect(ServedFixture.config(Format.VLLM_COMPLETIONS, 20, server.url()))) {
            server.next(Fault.NAN)
                    .next(Fault.NONE)
                    .next(Fault.NAN)
                    .next(Fault.NONE)
                    .next(Fault.NAN);

            requireOneLine(
                    failure(client.score(ROWS)),
                    "(after 3 attempts); see the server's log, and what lies between it and this machine");
        }
    }

    @Test
    void aBusyServerIsAskedAgainAfterTheTimeItNames() throws Exception {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE);
                TeacherServer client = fixture.connect(ServedFixture.config(Format.VLLM_GENERATE, 20, server.url()))) {
            server.next(Fault.BUSY);
            long start = System.nanoTime();
            client.score(new int[][] {{1, 2, 3}}).get();

            assertThat(System.nanoTime() - start).isGreaterThan(1_000_000_000L);
        }
    }

    @Test
    void afterTheTimeForRepetitionsTheMessageSaysHowLong() throws Exception {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE);
                TeacherServer client = fixture.connect(ServedFixture.config(Format.VLLM_GENERATE, 1, server.url()))) {
            server.always(Fault.ERROR);

            requireOneLine(
                    failure(client.score(ROWS)),
                    "status 500: 'EngineCore encountered an issue' (repeated for 1 s, teach.server.retrySeconds);");
        }
    }

    @Test
    void aServerThatIsGoneCannotBeReached() throws Exception {
        StandInServer server = fixture.server(Format.VLLM_GENERATE);
        try (TeacherServer client = fixture.connect(server, Format.VLLM_GENERATE)) {
            server.close();

            requireOneLine(
                    failure(client.score(ROWS)),
                    server.url() + "/inference/v1/generate cannot be reached: connection refused; start the server");
        }
        requireOneLine(
                catchThrowable(() -> fixture.connect(server, Format.VLLM_GENERATE)),
                server.url() + "/v1/models cannot be reached: connection refused; start the server");
        requireOneLine(
                catchThrowable(() -> fixture.connect(
                        ServedFixture.config(Format.VLLM_GENERATE, 0, "http://no-such-host.invalid:1"))),
                "http://no-such-host.invalid:1/v1/models cannot be reached: unknown host");
    }

    @ParameterizedTest
    @EnumSource(names = {"VLLM_GENERATE", "VLLM_COMPLETIONS", "SGLANG_FLAT_BASE64"})
    void aPromptThatIsTooLongIsRefusedWithTheServersWords(Format format) throws Exception {
        try (StandInServer server = fixture.server(format).maxModelLen(30);
                TeacherServer client = fixture.connect(server, format)) {
            Throwable failure = failure(client.score(new int[][] {new int[40], {1, 2}}));

            assertThat(failure).isInstanceOf(RefusedPromptException.class);
            requireOneLine(
                    failure,
                    server.url() + path(format) + " answers with status 400:"
                            + " 'The prompt has 40 tokens, but the longest context is 30 tokens.' (a prompt of 40 tokens)");
            assertThat(((RefusedPromptException) failure).words())
                    .isEqualTo("The prompt has 40 tokens, but the longest context is 30 tokens.");
            assertThat(client.score(new int[][] {new int[29]}).get().positions())
                    .isEqualTo(28);
        }
    }

    /** A server that refuses everything would otherwise send a whole corpus to the dead letters. */
    @Test
    void aServerThatRefusesTheTestPromptTooRefusesNoPrompt() throws Exception {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE);
                TeacherServer client = fixture.connect(server, Format.VLLM_GENERATE)) {
            server.maxModelLen(3);
            Throwable failure = failure(client.score(ROWS));

            assertThat(failure).isNotInstanceOf(RefusedPromptException.class);
            requireOneLine(failure, "status 400", ", and so for a short test prompt; see the server's log");

            server.maxModelLen(1000).maxLogprobs(5);
            assertThat(failure(client.score(ROWS)))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("start vLLM with --max-logprobs 7");
        }
    }

    @Test
    void aLimitOfLogprobsIsNamedWithItsFlagAtStart() {
        for (String mode : new String[] {null, "raw_logprobs"}) {
            try (StandInServer server =
                    fixture.server(Format.VLLM_COMPLETIONS).maxLogprobs(5).logprobsMode(mode)) {
                Throwable failure = catchThrowable(() -> fixture.connect(server, Format.VLLM_COMPLETIONS));

                assertThat(failure).isInstanceOf(UsageException.class);
                requireOneLine(
                        failure,
                        server.url()
                                + " gives at most 5 log-probabilities at a position, but 7 are asked for; start vLLM with"
                                + " --max-logprobs 7, or lower teach.server.topLogprobs or selection.topK");
            }
        }
    }

    @Test
    void aModeWithoutLogProbabilitiesIsRefusedAtStart() {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE).logprobsMode("processed_logits")) {
            Throwable failure = catchThrowable(() -> fixture.connect(server, Format.VLLM_GENERATE));

            assertThat(failure).isInstanceOf(UsageException.class);
            requireOneLine(
                    failure, "was started with --logprobs-mode", "processed_logits", "raw_logprobs, the default");
        }
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE).always(Fault.NOT_NORMALISED)) {
            requireOneLine(
                    catchThrowable(() -> fixture.connect(server, Format.VLLM_GENERATE)),
                    "--logprobs-mode raw_logprobs");
        }
    }

    @Test
    void aModelThatIsNotServedIsAnsweredWithThoseThatAre() {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE).model("alpha,beta")) {
            Throwable several = catchThrowable(() -> fixture.connect(server, Format.VLLM_GENERATE));
            assertThat(several).isInstanceOf(UsageException.class);
            requireOneLine(
                    several, server.url() + " serves several models; set teach.server.model to one of alpha, beta");

            Throwable none = catchThrowable(() -> fixture.connect(new ServerConfig(
                    ServedFixture.kind(Format.VLLM_GENERATE),
                    List.of(server.url()),
                    "gamma",
                    null,
                    null,
                    null,
                    0,
                    null,
                    null)));
            requireOneLine(
                    none, server.url() + " serves no model 'gamma'; set teach.server.model to one of alpha, beta");
        }
    }

    @Test
    void somethingElseAtTheAddressIsNoServer() {
        try (StandInServer server = fixture.server(Format.VLLM_GENERATE)) {
            requireOneLine(
                    catchThrowable(() -> fixture.connect(server, Format.SGLANG_NESTED)),
                    server.url()
                            + "/generate answers with status 404: 'Not Found'; see which server answers at this address"
                            + " (teach.server.url)");
        }
    }
}
