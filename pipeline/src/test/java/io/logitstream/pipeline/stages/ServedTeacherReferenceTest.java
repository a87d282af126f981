package io.logitstream.pipeline.stages;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.teacher.model.BatchScorer;
import io.logitstream.teacher.model.ScoredBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ServedTeacherReferenceTest {
    private static final int[] TOKENS = {1, 2, 0, 3, 4, 0, 5, 6};

    private final List<TokenBatch> asked = new ArrayList<>();

    @Test
    void theTeacherReadsDocumentsAsTheModelsDo() {
        ServedTeacherReference reference = new ServedTeacherReference(new Recorder(), "ab", 9);

        assertThat(reference.score(batch(0))).isNotDone();
        assertThat(reference.score(batch(null))).isNotDone();

        assertThat(asked).extracting(TokenBatch::getDocumentEnd).containsExactly(0, null);
        assertThat(asked).allSatisfy(batch -> {
            assertThat(TokenBatches.tokens(batch)).isEqualTo(TOKENS);
            assertThat(batch.getRows()).isEqualTo(2);
            assertThat(batch.getTokenizerHash()).isEqualTo("ab");
            assertThat(batch.getVocabularySize()).isEqualTo(9);
        });
    }

    private static TrainingBatch batch(Integer documentEnd) {
        return new TrainingBatch(new BatchKey("demo", 1, 2), 0, 7, 2, 4, TOKENS, documentEnd, null);
    }

    private final class Recorder implements BatchScorer {
        @Override
        public CompletableFuture<ScoredBatch> score(TokenBatch batch) {
            asked.add(batch);
            return new CompletableFuture<>();
        }

        @Override
        public int concurrency() {
            return 1;
        }
    }
}
