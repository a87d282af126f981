package io.logitstream.student.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.CausalModels;
import io.logitstream.model.libtorch.Precision;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Evaluates models and their teacher on all batches of a held-out tokens topic, in one pass. */
public final class Evaluator {
    /** Lengths of context that models may be evaluated on. The teacher is never evaluated beyond its own. */
    public enum Contexts {
        /** Up to the length that a model was made for; longer ones are an error. */
        OF_THE_MODEL,
        /** Any length; a warning names models that were made for less. */
        ANY_LENGTH
    }

    /** Bins of the calibration error, the number in Guo et al. (2017, section 2). */
    public static final int BINS = 15;
    /** Length of the kernel's result: loss, divergence, agreement, and three sums for each bin. */
    static final int SUMS = 3 + 3 * BINS;
    /** Values [C, V] of a chunk, for each of two models: 8 MiB of float32, or 128 positions where these take more. */
    private static final int CHUNK_VALUES = 2 << 20;

    private static final long LEAST_CHUNK_ROWS = 128;

    /**
     * Batches that are computed at a time on a CPU, each with its part of the cores. Operations that libtorch does not
     * divide among its threads leave fewer cores idle then, and those of one thread need not wait for another.
     */
    private static final int AT_A_TIME = 2;

    private Evaluator() {}

    /**
     * Evaluates models.
     *
     * @param kafka cluster and registry
     * @param topic complete tokens topic, read from its beginning
     * @param documents how the topic's documents have to be read; null if the topic decides
     * @param teacherPath Hugging Face folder of the teacher, or its TorchScript file; the topic must have been written
     *     with the tokenizer there
     * @param torchScript whether the teacher may be a TorchScript file, whose code runs in this process
     * @param precision type in which the teacher's matrices are held, and its layers computed
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
            Path teacherPath,
            boolean torchScript,
            Precision precision,
            Map<String, Path> folders,
            Contexts contexts,
            String device,
            EvaluationProgress progress) {
        try (CausalModel teacher = CausalModels.open(teacherPath, device, torchScript, precision);
                Tokenizer tokenizer = Tokenizer.load(teacherPath);
                SchemaRegistryClient registry = RegistryClients.create(kafka);
                TopicReader reader = new TopicReader(
                        kafka,
                        topic,
                        "logitstream-evaluate-" + topic,
                        new RecordDecoder(registry, tokenizer.identity(), documents))) {
            CorpusSize.find(kafka, registry, List.of(topic));
            VocabularyCheck.require(teacherPath, teacher, tokenizer);
            return evaluate(reader, tokenizer, teacher, folders, contexts, device, progress);
        } catch (IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
    }

    static Map<String, Evaluation> evaluate(
            TopicReader reader,
            Tokenizer tokenizer,
            CausalModel teacher,
            Map<String, Path> folders,
            Contexts contexts,
            String device,
            EvaluationProgress progress) {
        int vocabularySize = tokenizer.vocabularySize();
        try (EvaluatedModels models = EvaluatedModels.load(folders, device, tokenizer, contexts);
                NDManager manager = teacher.newScope();
                TorchScript kernels = TorchScript.load(manager, Evaluator.class, "evaluation.py");
                BatchesInOrder<List<double[]>> batches =
                        new BatchesInOrder<>(device.equals("cpu") ? AT_A_TIME : 1, (batch, sums) -> {
                            models.add(sums);
                            models.count(batch, tokenizer);
                            progress.evaluated(models.tokens());
                        })) {
            for (Optional<TrainingBatch> next = reader.next(() -> {}); next.isPresent(); next = reader.next(() -> {})) {
                TrainingBatch batch = next.get();
                EvaluatedModels.requireContext("the teacher", teacher, batch.length() - 1);
                models.requireContexts(batch.length() - 1);
                batches.submit(batch, () -> sums(kernels, manager, batch, teacher, models, vocabularySize));
            }
            reader.close();
            progress.textRead();
            batches.finish();
            return models.results(false);
        }
    }

    /** Sums of a batch: those of the teacher, then those of the models. */
    private static List<double[]> sums(
            TorchScript kernels,
            NDManager manager,
            TrainingBatch batch,
            CausalModel teacher,
            EvaluatedModels models,
            int vocabularySize) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray tokens_BU = scope.create(batch.tokens(), new Shape(batch.rows(), batch.length()));
            NDArray ids_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
            NDArray targets_N1 =
                    tokens_BU.get(":, 1:").toType(DataType.INT64, true).reshape(batch.predicted(), 1);
            CausalModel.Outputs ofTeacher =
                    teacher.outputs(ids_BT, batch.documents(), vocabularySize, Precision.FLOAT32);
            List<CausalModel.Outputs> ofModels = new ArrayList<>();
            models.forEach((model, sum) -> ofModels.add(
                    model.outputsOfAnyLength(ids_BT, batch.documents(), vocabularySize, Precision.FLOAT32)));
            return compareAll(kernels, ofTeacher, ofModels, targets_N1, vocabularySize);
        }
    }

    /**
     * Compares models with their teacher, whose logits are computed once for all of them.
     *
     * @return the sums of the teacher, then those of each model, see {@link #SUMS}
     */
    static List<double[]> compareAll(
            TorchScript kernels,
            CausalModel.Outputs ofTeacher,
            List<CausalModel.Outputs> ofModels,
            NDArray targets_N1,
            int vocabularySize) {
        double[] all = kernels.run(
                        targets_N1.getManager(),
                        "compare_all",
                        ofTeacher.values_N(),
                        ofTeacher.weight_VD(),
                        ofModels.stream().map(CausalModel.Outputs::values_N).toList(),
                        ofModels.stream()
                                .map(each -> each.weight_VD().isEmpty()
                                        ? targets_N1.getManager().create(new Shape(0))
                                        : each.weight_VD().get(0))
                                .toList(),
                        targets_N1,
                        chunk(vocabularySize),
                        (long) BINS)
                .get(0)
                .toDoubleArray();
        List<double[]> sums = new ArrayList<>();
        for (int from = 0; from < all.length; from += SUMS) {
            sums.add(Arrays.copyOfRange(all, from, from + SUMS));
        }
        return sums;
    }

    // The first token of a row is context only; all others are predicted.
    static long predictedBytes(TrainingBatch batch, Tokenizer tokenizer) {
        long sum = 0;
        for (int i = 0; i < batch.tokens().length; i++) {
            sum += i % batch.length() == 0 ? 0 : tokenizer.utf8Length(batch.tokens()[i]);
        }
        return sum;
    }

    /**
     * Adds the sums of a batch.
     *
     * @param outputs outputs of the model
     * @param ofTeacher outputs of the teacher; null for none
     * @param targets_N1 next tokens of the text
     * @param vocabularySize V
     * @param sum receives the sums, see {@link #SUMS}
     */
    static void add(
            TorchScript kernels,
            CausalModel.Outputs outputs,
            CausalModel.Outputs ofTeacher,
            NDArray targets_N1,
            int vocabularySize,
            double[] sum) {
        double[] batch = kernels.run(
                        targets_N1.getManager(),
                        "compare",
                        outputs.values_N(),
                        outputs.weight_VD(),
                        ofTeacher == null ? List.of() : List.of(ofTeacher.values_N()),
                        ofTeacher == null ? List.of() : ofTeacher.weight_VD(),
                        targets_N1,
                        chunk(vocabularySize),
                        (long) BINS)
                .get(0)
                .toDoubleArray();
        add(sum, batch);
    }

    /** Adds to a sum, element by element. */
    static void add(double[] sum, double[] added) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += added[i];
        }
    }

    /** Positions of a chunk for a vocabulary. */
    static long chunk(int vocabularySize) {
        return Math.max(LEAST_CHUNK_ROWS, CHUNK_VALUES / vocabularySize);
    }

    static Evaluation evaluation(double[] sum, long tokens, long bytes, boolean keptOnly) {
        double loss = sum[0] / tokens;
        return new Evaluation(
                loss,
                Math.exp(loss),
                sum[0] / Math.log(2) / bytes,
                Math.max(0, sum[1] / tokens),
                sum[2] / tokens,
                calibrationError(Arrays.copyOfRange(sum, 3, SUMS)),
                tokens,
                bytes,
                keptOnly);
    }

    /**
     * Expected calibration error: the mean over positions of the distance between a bin's accuracy and its mean
     * confidence (Guo et al. 2017, equation 3).
     *
     * @param bins for each bin its positions, then for each its sum of confidences, then for each its correct ones
     */
    public static double calibrationError(double[] bins) {
        double distance = 0;
        double positions = 0;
        for (int bin = 0; bin < BINS; bin++) {
            distance += Math.abs(bins[2 * BINS + bin] - bins[BINS + bin]);
            positions += bins[bin];
        }
        return distance / positions;
    }
}
