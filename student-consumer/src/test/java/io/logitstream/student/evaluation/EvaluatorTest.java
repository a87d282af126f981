package io.logitstream.student.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.CausalModels;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.checkpoint.TinyTokenizer;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.input.RecordedTopic;
import io.logitstream.student.input.TopicReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluatorTest {
    private static final int BATCHES = 9;
    private static final int VOCABULARY = 50;
    private static final int PADDED = 64;
    private static final Path SCRIPT = Path.of("../language-model/src/test/resources/torchscript/model.pt");

    @TempDir
    private Path folder;

    @Test
    void aModelMadeForAShorterContextThanTheTopicsIsRefused() throws IOException {
        StudentConfig shape = new StudentConfig(8, 1, 2, 1, 12, true, null);
        try (Tokenizer tokenizer = TinyTokenizer.create(folder, VOCABULARY);
                CausalModel teacher = CausalModels.open(SCRIPT, "cpu", true);
                LanguageModel student = LanguageModels.create(shape.model(PADDED, 2, 0), 1, "cpu")) {
            RecordedTopic topic = new RecordedTopic(2, 1, tokenizer.hash(), VOCABULARY);
            topic.addRow("c", 1, 1, 2, 3, 4);
            LanguageModels.save(student, folder.resolve("student"), DataType.FLOAT32);

            try (TopicReader reader = topic.complete().reader()) {
                assertThatThrownBy(() -> Evaluator.evaluate(
                                reader,
                                tokenizer,
                                teacher,
                                Map.of("short", folder.resolve("student")),
                                Evaluator.Contexts.OF_THE_MODEL,
                                "cpu",
                                tokens -> {}))
                        .isInstanceOf(UsageException.class)
                        .hasMessageContainingAll("short", "3 positions", "max_position_embeddings")
                        .hasMessageNotContaining("\n");
            }
            try (TopicReader reader = topic.reader()) {
                assertThat(Evaluator.evaluate(
                                        reader,
                                        tokenizer,
                                        teacher,
                                        Map.of("short", folder.resolve("student")),
                                        Evaluator.Contexts.ANY_LENGTH,
                                        "cpu",
                                        tokens -> {})
                                .get("short")
                                .tokens())
                        .isEqualTo(4);
            }
        }
    }

    @Test
    void aModelOfNaNIsNamedWithTheBatch() throws IOException {
        StudentConfig shape = new StudentConfig(8, 1, 2, 1, 12, true, null);
        try (Tokenizer tokenizer = TinyTokenizer.create(folder, VOCABULARY);
                CausalModel teacher = CausalModels.open(SCRIPT, "cpu", true);
                LanguageModel student = LanguageModels.create(shape.model(PADDED, 8, 0), 1, "cpu");
                TopicReader reader = new RecordedTopic(2, BATCHES, tokenizer.hash(), VOCABULARY)
                        .complete()
                        .reader()) {
            student.weights().values().iterator().next().muli(Float.NaN);
            LanguageModels.save(student, folder.resolve("broken"), DataType.FLOAT32);

            assertThatThrownBy(() -> Evaluator.evaluate(
                            reader,
                            tokenizer,
                            teacher,
                            Map.of("broken", folder.resolve("broken")),
                            Evaluator.Contexts.OF_THE_MODEL,
                            "cpu",
                            tokens -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll("model broken: its logits are not finite at batch")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void aTorchScriptTeacherIsComparedByItsLogitsWithoutThePaddingOfTheVocabulary() throws IOException {
        StudentConfig shape = new StudentConfig(8, 1, 2, 1, 12, true, null);
        try (Tokenizer tokenizer = TinyTokenizer.create(folder, VOCABULARY);
                CausalModel teacher = CausalModels.open(SCRIPT, "cpu", true);
                LanguageModel student = LanguageModels.create(shape.model(PADDED, 8, 0), 1, "cpu");
                TopicReader reader = new RecordedTopic(2, BATCHES, tokenizer.hash(), VOCABULARY)
                        .complete()
                        .reader()) {
            LanguageModels.save(student, folder.resolve("student"), DataType.FLOAT32);
            ReadTexts progress = new ReadTexts();

            Map<String, Evaluation> results = Evaluator.evaluate(
                    reader,
                    tokenizer,
                    teacher,
                    Map.of("student", folder.resolve("student")),
                    Evaluator.Contexts.OF_THE_MODEL,
                    "cpu",
                    progress);

            assertThat(progress.texts.get()).isOne();
            assertThat(progress.tokens.get()).isEqualTo(BATCHES);

            double teacherLoss = 0;
            double studentLoss = 0;
            double divergence = 0;
            for (int i = 0; i < BATCHES; i++) {
                double[] p = logSoftmax(teacher, i);
                double[] q = logSoftmax(student, i);
                teacherLoss -= p[i + 1] / BATCHES;
                studentLoss -= q[i + 1] / BATCHES;
                for (int v = 0; v < VOCABULARY; v++) {
                    divergence += Math.exp(p[v]) * (p[v] - q[v]) / BATCHES;
                }
            }
            assertThat(results.get("teacher").tokens()).isEqualTo(BATCHES);
            assertThat(results.get("teacher").loss()).isCloseTo(teacherLoss, within(1e-5));
            assertThat(results.get("teacher").klToTeacher()).isZero();
            assertThat(results.get("teacher").top1Agreement()).isEqualTo(1);
            assertThat(results.get("student").loss()).isCloseTo(studentLoss, within(1e-5));
            assertThat(results.get("student").klToTeacher())
                    .isCloseTo(divergence, within(1e-5))
                    .isGreaterThan(1e-3);
        }
    }

    /** Counts what is evaluated, and how often a text was read to its end. */
    static final class ReadTexts implements EvaluationProgress {
        final AtomicLong tokens = new AtomicLong();
        final AtomicInteger texts = new AtomicInteger();

        @Override
        public void evaluated(long now) {
            tokens.set(now);
        }

        @Override
        public void textRead() {
            texts.incrementAndGet();
        }
    }

    private static double[] logSoftmax(CausalModel model, int id) {
        try (NDManager scope = model.newScope()) {
            CausalModel.Outputs outputs = model.outputs(scope.create(new long[] {id}, new Shape(1, 1)), PADDED);
            NDArray logits = outputs.weight_VD().isEmpty()
                    ? outputs.values_N()
                    : outputs.values_N().matMul(outputs.weight_VD().get(0).transpose());
            float[] z = logits.toFloatArray();
            double sum = 0;
            for (int v = 0; v < VOCABULARY; v++) {
                sum += Math.exp(z[v]);
            }
            double[] log = new double[VOCABULARY];
            for (int v = 0; v < VOCABULARY; v++) {
                log[v] = z[v] - Math.log(sum);
            }
            return log;
        }
    }
}
