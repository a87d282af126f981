package io.logitstream.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.files.Sha256;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.ServerKind;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.RefusedPromptException;
import io.logitstream.teacher.served.ServedModel;
import io.logitstream.teacher.served.ServerTraffic;
import io.logitstream.teacher.served.TeacherServer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ServedTeacherTest {
    private final Server server = new Server();
    private final ServedTeacher teacher = new ServedTeacher(
            server, null, new SelectionConfig(null, 2), 4, new TokenizerIdentity("0".repeat(64), "", 9));

    @Test
    void eachRowIsAPrompt() {
        assertThat(ServedPrompts.of(batch(null, 1, 2, 3, 4, 5, 6))).isDeepEqualTo(new int[][] {{1, 2, 3}, {4, 5, 6}});
    }

    @Test
    void eachIsolatedDocumentIsAPromptWithTheTokenAfterIt() {
        // 0 ends a document. The second row begins with the rest of one and ends in the middle of another.
        int[][] prompts = ServedPrompts.of(new TokenBatch(
                "demo",
                0,
                0,
                2,
                6,
                TokenBatches.bytes(new int[] {1, 2, 0, 3, 0, 4, 5, 0, 0, 6, 7, 8}),
                "0".repeat(64),
                9,
                null,
                0));

        assertThat(prompts).isDeepEqualTo(new int[][] {{1, 2, 0, 3}, {3, 0, 4}, {5, 0, 0}, {0, 6}, {6, 7, 8}});
        assertThat(Arrays.stream(prompts).mapToInt(prompt -> prompt.length - 1).sum())
                .as("positions of two rows of six tokens")
                .isEqualTo(10);
    }

    @Test
    void theScoresOfAnAnswerAreSelected() {
        CompletableFuture<ScoredBatch> result = teacher.score(batch(null, 1, 2, 3, 4, 5, 6));
        assertThat(result).isNotDone();
        PromptScores scores = new PromptScores();
        scores.resize(4, 4);
        for (int i = 0; i < 4; i++) {
            scores.top().offsets()[i + 1] = i + 1;
            scores.top().ids()[i] = i;
            scores.top().logProbs()[i] = -0.5f;
            scores.textLogProbs()[i] = -i;
        }
        server.asked.get(0).complete(scores);

        assertThat(result.join().logits().positions()).isEqualTo(4);
        assertThat(result.join().textLoss()).isEqualTo(6);
    }

    @Test
    void cancellingAResultCancelsTheRequest() {
        teacher.score(batch(null, 1, 2, 3, 4, 5, 6)).cancel(true);

        assertThat(server.asked.get(0)).isCancelled();
    }

    @Test
    void failuresSayWhetherTheBatchOrTheTeacherIsAtFault() {
        assertThatThrownBy(() -> ScoredBatch.await(failing(new RefusedPromptException("too long", "too long"))))
                .isInstanceOf(RefusedBatchException.class)
                .hasMessage("teacher vllm:org/model: too long");
        assertThatThrownBy(() -> ScoredBatch.await(failing(new LogitstreamException("http://gpu:1 is down"))))
                .isInstanceOf(ModelException.class)
                .hasMessage("teacher vllm:org/model: http://gpu:1 is down");
    }

    @Test
    void anErrorInTheSelectionFailsTheBatch() {
        SelectionConfig all = new SelectionConfig(1.0, Integer.MAX_VALUE);
        CompletableFuture<ScoredBatch> result = new ServedTeacher(
                        server, null, all, 4, new TokenizerIdentity("0".repeat(64), "", 9))
                .score(batch(null, 1, 2, 3, 4));
        PromptScores scores = new PromptScores();
        scores.resize(1, 1);
        // More entries than the array has.
        scores.top().offsets()[1] = Integer.MAX_VALUE;
        server.asked.get(0).complete(scores);

        assertThat(result).isCompletedExceptionally();
        assertThatThrownBy(() -> ScoredBatch.await(result)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void theRecordSaysWhatWasObserved() {
        assertThat(teacher.identity().getId()).isEqualTo("vllm:org/model");
        assertThat(teacher.identity().getWeightsHash())
                .isEqualTo(Sha256.hex("api=vllm\nmodel=org/model\nversion=0.11.0\n"));
        assertThat(teacher.identity().getTrainingStep()).isNull();
        assertThat(new ServedTeacher(
                                server,
                                "mine",
                                new SelectionConfig(null, 2),
                                4,
                                new TokenizerIdentity("0".repeat(64), "", 9))
                        .identity()
                        .getId())
                .isEqualTo("vllm:mine");
        assertThat(ServedIdentity.isServed("vllm:org/model")).isTrue();
        assertThat(ServedIdentity.isServed("vllm")).isFalse();
        assertThatThrownBy(() -> ServedIdentity.requireNotServed("sglang:mine")).isInstanceOf(UsageException.class);
    }

    @Test
    void aContextBeyondTheServersIsRefused() {
        teacher.requireContext(31);
        assertThatThrownBy(() -> teacher.requireContext(32))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("33 tokens", "32", "--max-model-len");
    }

    private CompletableFuture<ScoredBatch> failing(RuntimeException failure) {
        CompletableFuture<ScoredBatch> result = teacher.score(batch(null, 1, 2, 3, 4, 5, 6));
        server.asked.get(server.asked.size() - 1).completeExceptionally(failure);
        return result;
    }

    private static TokenBatch batch(Integer documentEnd, int... tokens) {
        return new TokenBatch(
                "demo", 0, 0, 2, tokens.length / 2, TokenBatches.bytes(tokens), "0".repeat(64), 9, null, documentEnd);
    }

    private static final class Server implements TeacherServer {
        private final List<CompletableFuture<PromptScores>> asked = new ArrayList<>();

        @Override
        public ServedModel describe() {
            return new ServedModel(ServerKind.VLLM, "org/model", "0.11.0", null, 32, 9, null);
        }

        @Override
        public CompletableFuture<PromptScores> score(int[][] prompts, PromptScores into) {
            CompletableFuture<PromptScores> result = new CompletableFuture<>();
            asked.add(result);
            return result;
        }

        @Override
        public ServerTraffic traffic() {
            return new ServerTraffic();
        }

        @Override
        public void close() {}
    }
}
