package io.logitstream.pipeline.stages;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.student.evaluation.ServedReference;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.teacher.model.BatchScorer;
import io.logitstream.teacher.model.ServedTeacher;
import java.util.concurrent.CompletableFuture;

/**
 * A served teacher as models are compared with it. The adapter between student-consumer, which evaluates, and
 * teacher-stream, which asks the server: neither of the two depends on the other.
 */
final class ServedTeacherReference implements ServedReference {
    private final BatchScorer teacher;
    private final String tokenizerHash;
    private final int vocabularySize;

    /** @param teacher closed by its owner */
    ServedTeacherReference(ServedTeacher teacher) {
        this(teacher, teacher.tokenizerHash(), teacher.vocabularySize());
    }

    ServedTeacherReference(BatchScorer teacher, String tokenizerHash, int vocabularySize) {
        this.teacher = teacher;
        this.tokenizerHash = tokenizerHash;
        this.vocabularySize = vocabularySize;
    }

    @Override
    public CompletableFuture<Scores> score(TrainingBatch batch) {
        return teacher.score(new TokenBatch(
                        batch.key().corpus(),
                        batch.key().shard(),
                        batch.key().batch(),
                        batch.rows(),
                        batch.length(),
                        TokenBatches.bytes(batch.tokens()),
                        tokenizerHash,
                        vocabularySize,
                        null,
                        batch.documentEnd()))
                .thenApply(scored -> new Scores(scored.logits(), scored.textLoss()));
    }

    @Override
    public int concurrency() {
        return teacher.concurrency();
    }
}
