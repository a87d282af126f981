package io.logitstream.student.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.checkpoint.TinyTokenizer;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.input.RecordedTopic;
import io.logitstream.student.input.TopicReader;
import io.logitstream.student.input.TrainingBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServedEvaluatorTest {
    private static final int BATCHES = 9;
    private static final int VOCABULARY = 50;

    @TempDir
    private Path folder;

    @Test
    void aTeacherThatTellsAllItsTokensGivesTheResultsOfItsWeights() throws Exception {
        try (Models models = new Models(folder)) {
            Map<String, Evaluation> ofWeights;
            try (TopicReader reader = models.reader()) {
                ofWeights = Evaluator.evaluate(
                        reader,
                        models.tokenizer,
                        models.teacher,
                        models.students,
                        Evaluator.Contexts.OF_THE_MODEL,
                        "cpu",
                        tokens -> {});
            }

            Map<String, Evaluation> served = models.evaluate(VOCABULARY);

            for (String name : List.of("student", "teacher")) {
                Evaluation expected = ofWeights.get(name);
                Evaluation found = served.get(name);
                assertThat(found.loss()).isCloseTo(expected.loss(), within(1e-5));
                assertThat(found.perplexity()).isCloseTo(expected.perplexity(), withinPercentage(0.01));
                assertThat(found.bitsPerByte()).isCloseTo(expected.bitsPerByte(), within(1e-5));
                assertThat(found.klToTeacher()).isCloseTo(expected.klToTeacher(), within(1e-5));
                assertThat(found.top1Agreement()).isEqualTo(expected.top1Agreement());
                assertThat(found.calibrationError()).isCloseTo(expected.calibrationError(), within(1e-5));
                assertThat(found.tokens()).isEqualTo(expected.tokens());
                assertThat(found.isKeptOnly()).isTrue();
            }
        }
    }

    @Test
    void theDivergenceIsThatOverTheKeptTokensAndAllOthersTogether() throws Exception {
        try (Models models = new Models(folder)) {
            double expected = 0;
            double full = 0;
            for (int i = 0; i < BATCHES; i++) {
                double[] p = models.logSoftmax(models.teacher, i);
                double[] q = models.logSoftmax(models.student, i);
                double keptP = 0;
                double keptQ = 0;
                for (int v : best(p, 3)) {
                    expected += Math.exp(p[v]) * (p[v] - q[v]) / BATCHES;
                    keptP += Math.exp(p[v]);
                    keptQ += Math.exp(q[v]);
                }
                expected += (1 - keptP) * Math.log((1 - keptP) / (1 - keptQ)) / BATCHES;
                for (int v = 0; v < VOCABULARY; v++) {
                    full += Math.exp(p[v]) * (p[v] - q[v]) / BATCHES;
                }
            }

            Map<String, Evaluation> served = models.evaluate(3);

            assertThat(served.get("student").klToTeacher())
                    .isCloseTo(expected, within(1e-5))
                    .isGreaterThan(1e-3)
                    .isLessThan(full);
            assertThat(served.get("teacher").klToTeacher()).isZero();
            assertThat(models.mostInFlight).isGreaterThan(1);
        }
    }

    private static int[] best(double[] logProbs, int k) {
        return IntStream.range(0, logProbs.length)
                .boxed()
                .sorted(Comparator.comparingDouble(v -> -logProbs[v]))
                .limit(k)
                .mapToInt(v -> v)
                .toArray();
    }

    /** A teacher and a student with random weights, and a topic whose batch i has the row i, i + 1. */
    private static final class Models implements AutoCloseable {
        private final Tokenizer tokenizer;
        private final LanguageModel teacher;
        private final LanguageModel student;
        private final Map<String, Path> students;
        private int mostInFlight;

        Models(Path folder) throws Exception {
            tokenizer = TinyTokenizer.create(folder, VOCABULARY);
            StudentConfig shape = new StudentConfig(8, 1, 2, 1, 12, true, null);
            teacher = LanguageModels.create(shape.model(VOCABULARY, 8, 0), 2, "cpu");
            student = LanguageModels.create(shape.model(VOCABULARY, 8, 0), 1, "cpu");
            for (LanguageModel model : List.of(teacher, student)) {
                model.weights().values().forEach(weight -> weight.muli(20));
            }
            LanguageModels.save(student, folder.resolve("student"), DataType.FLOAT32);
            students = Map.of("student", folder.resolve("student"));
        }

        TopicReader reader() {
            return new RecordedTopic(2, BATCHES, tokenizer.hash(), VOCABULARY)
                    .complete()
                    .reader();
        }

        Map<String, Evaluation> evaluate(int k) throws Exception {
            List<CompletableFuture<ServedReference.Scores>> asked = new ArrayList<>();
            ServedReference reference = new ServedReference() {
                @Override
                public CompletableFuture<Scores> score(TrainingBatch batch) {
                    // The evaluation has to wait for each answer, but not with the next question.
                    CompletableFuture<Scores> result = new CompletableFuture<Scores>()
                            .completeOnTimeout(scores(batch, k), 300, TimeUnit.MILLISECONDS);
                    asked.add(result);
                    mostInFlight = (int) Math.max(
                            mostInFlight,
                            asked.stream().filter(each -> !each.isDone()).count());
                    return result;
                }

                @Override
                public int concurrency() {
                    return 4;
                }
            };
            try (TopicReader reader = reader()) {
                return ServedEvaluator.evaluate(
                        reader, tokenizer, reference, students, Evaluator.Contexts.OF_THE_MODEL, "cpu", tokens -> {});
            }
        }

        private ServedReference.Scores scores(TrainingBatch batch, int k) {
            double[] p = logSoftmax(teacher, batch.tokens()[0]);
            SparseLogits logits = new SparseLogits();
            logits.resizeWithoutStatistics(1, k);
            double kept = 0;
            int[] best = best(p, k);
            for (int e = 0; e < k; e++) {
                logits.ids()[e] = best[e];
                logits.logProbs()[e] = (float) p[best[e]];
                kept += Math.exp(p[best[e]]);
            }
            logits.tailMass()[0] = (float) Math.max(0, 1 - kept);
            return new ServedReference.Scores(logits, -p[batch.tokens()[1]]);
        }

        double[] logSoftmax(LanguageModel model, int id) {
            try (NDManager scope = model.newScope()) {
                NDArray ids_BT = scope.create(new long[] {id}, new Shape(1, 1));
                float[] logits = logits(model, ids_BT);
                double sum = 0;
                for (float z : logits) {
                    sum += Math.exp(z);
                }
                double[] result = new double[VOCABULARY];
                for (int v = 0; v < VOCABULARY; v++) {
                    result[v] = logits[v] - Math.log(sum);
                }
                return result;
            }
        }

        private static float[] logits(LanguageModel model, NDArray ids_BT) {
            var outputs = model.outputs(ids_BT, VOCABULARY);
            return outputs.weight_VD().isEmpty()
                    ? outputs.values_N().toFloatArray()
                    : outputs.values_N()
                            .matMul(outputs.weight_VD().get(0).transpose())
                            .toFloatArray();
        }

        @Override
        public void close() {
            teacher.close();
            student.close();
            tokenizer.close();
        }
    }
}
