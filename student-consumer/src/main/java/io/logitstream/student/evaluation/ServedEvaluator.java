package io.logitstream.student.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.student.input.CorpusSize;
import io.logitstream.student.input.RecordDecoder;
import io.logitstream.student.input.TopicReader;
import io.logitstream.student.input.TrainingBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Evaluates models on a held-out tokens topic against a teacher that a server computes. */
public final class ServedEvaluator {
    private record Asked(TrainingBatch batch, CompletableFuture<ServedReference.Scores> scores) {}

    private ServedEvaluator() {}

    /**
     * Evaluates models, as {@link Evaluator#evaluate} does with a teacher whose weights are here. The divergences are
     * over what the teacher keeps.
     *
     * @param kafka cluster and registry
     * @param topic complete tokens topic, read from its beginning
     * @param documents how the topic's documents have to be read; null if the topic decides
     * @param teacher the teacher
     * @param tokenizerPath folder of its tokenizer, with which the topic must have been written
     * @param folders folders of the models by name
     * @param contexts lengths of context that the models may be evaluated on
     * @param device {@code cpu} or {@code cuda:N}
     * @param progress receives the number of tokens done
     * @return evaluations by name, that of the teacher under {@code teacher}
     */
    public static Map<String, Evaluation> evaluate(
            KafkaSettings kafka,
            String topic,
            Documents documents,
            ServedReference teacher,
            Path tokenizerPath,
            Map<String, Path> folders,
            Evaluator.Contexts contexts,
            String device,
            EvaluationProgress progress) {
        try (Tokenizer tokenizer = Tokenizer.load(tokenizerPath);
                SchemaRegistryClient registry = RegistryClients.create(kafka);
                TopicReader reader = new TopicReader(
                        kafka,
                        topic,
                        "logitstream-evaluate-" + topic,
                        new RecordDecoder(registry, tokenizer.identity(), documents))) {
            CorpusSize.find(kafka, registry, List.of(topic));
            return evaluate(reader, tokenizer, teacher, folders, contexts, device, progress);
        } catch (IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
    }

    static Map<String, Evaluation> evaluate(
            TopicReader reader,
            Tokenizer tokenizer,
            ServedReference teacher,
            Map<String, Path> folders,
            Evaluator.Contexts contexts,
            String device,
            EvaluationProgress progress) {
        int vocabularySize = tokenizer.vocabularySize();
        Deque<Asked> asked = new ArrayDeque<>();
        try (EvaluatedModels models = EvaluatedModels.load(folders, device, tokenizer, contexts);
                NDManager manager = Torch.newScope(device);
                TorchScript kernels =
                        TorchScript.load(manager, ServedEvaluator.class, "evaluation.py", "kept_evaluation.py")) {
            Consumer<Asked> comparison = first -> {
                compare(manager, kernels, models, first.batch(), KeptScores.await(first.scores()), vocabularySize);
                models.count(first.batch(), tokenizer);
                progress.evaluated(models.tokens());
            };
            for (Optional<TrainingBatch> next = reader.next(() -> {}); next.isPresent(); next = reader.next(() -> {})) {
                TrainingBatch batch = next.get();
                models.requireContexts(batch.length() - 1);
                asked.add(new Asked(batch, teacher.score(batch)));
                if (asked.size() > teacher.concurrency()) {
                    comparison.accept(asked.remove());
                }
            }
            reader.close();
            progress.textRead();
            while (!asked.isEmpty()) {
                comparison.accept(asked.remove());
            }
            return models.results(true);
        } finally {
            asked.forEach(each -> each.scores().cancel(true));
        }
    }

    private static void compare(
            NDManager manager,
            TorchScript kernels,
            EvaluatedModels models,
            TrainingBatch batch,
            KeptScores scores,
            int vocabularySize) {
        scores.addTeacher(batch, models.ofTeacher());
        try (NDManager scope = manager.newSubManager()) {
            NDArray tokens_BU = scope.create(batch.tokens(), new Shape(batch.rows(), batch.length()));
            NDArray ids_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
            NDArray targets_N1 =
                    tokens_BU.get(":, 1:").toType(DataType.INT64, true).reshape(batch.predicted(), 1);
            models.forEach((model, sum) -> scores.addModel(
                    kernels,
                    model.outputsOfAnyLength(ids_BT, batch.documents(), vocabularySize, Precision.FLOAT32),
                    targets_N1,
                    Evaluator.chunk(vocabularySize),
                    sum));
        }
    }
}
